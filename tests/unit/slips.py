"""Two slips of invented people, as a citizen would be handed them."""

from __future__ import annotations

from kiosk.domain.receipt import QrCode, Rule, Slip, Text, Weight

ORDINARY = Slip(
    "MAU01-000417",
    (
        Text("CÔNG AN XÃ MẪU", weight=Weight.BOLD, centred=True),
        Text("PHIẾU HẸN TRẢ THẺ CĂN CƯỚC", weight=Weight.TITLE, centred=True),
        Text("Không phải biểu mẫu chính thức", weight=Weight.SMALL, centred=True),
        Rule(),
        Text("NGUYỄN VĂN MẪU", label="Họ và tên", weight=Weight.BOLD),
        Text("05/03/1957", label="Ngày sinh"),
        Text("21/11/2026, 14 giờ 30", label="Nhận hồ sơ"),
        Text("MAU01-000417", label="Số hồ sơ", weight=Weight.LARGE),
        Rule(),
        Text("Thứ Hai, 07/12/2026", label="Mời ông/bà đến nhận thẻ", weight=Weight.LARGE),
        Text("Bộ phận một cửa, Ủy ban nhân dân xã Mẫu", label="Nơi trả"),
        Rule(),
        Text("Ảnh: đạt. Vân tay: đủ 10 ngón."),
        Text("Mang theo phiếu này, hoặc nói số hồ sơ."),
        Text("Không đi được? Gọi 0900 000 000, cán bộ đến tận nhà.", weight=Weight.SMALL),
        QrCode("https://mau.example/h/MAU01-000417"),
        Text("MAU01-000417", weight=Weight.SMALL, centred=True),
    ),
)

OVERFLOWING = Slip(
    "MAU01-000418",
    (
        Text("CÔNG AN XÃ MẪU SỐ HAI MƯƠI BẢY NHÁNH PHÍA ĐÔNG NAM", weight=Weight.BOLD, centred=True),
        Text("PHIẾU HẸN TRẢ THẺ CĂN CƯỚC CHO CÔNG DÂN TỪ ĐỦ 14 TUỔI", weight=Weight.TITLE, centred=True),
        Text("Không phải biểu mẫu chính thức", weight=Weight.SMALL, centred=True),
        Rule(),
        Text(
            "CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HỒNG ĐÀO QUỲNH PHƯƠNG MẪU",
            label="Họ và tên của người làm thẻ, như trong giấy khai sinh",
            weight=Weight.BOLD,
        ),
        Text("1957", label="Năm sinh (không rõ ngày, tháng)"),
        Text("MAU01-000418-BỔSUNG-LẦNTHỨHAI-CỦANĂM2026", label="Số hồ sơ", weight=Weight.LARGE),
        Rule(),
        Text("Thứ Hai, ngày 07/12/2026", label="Mời ông/bà đến nhận thẻ", weight=Weight.LARGE),
        Text("Nhà văn hóa thôn Mẫu Thượng, cạnh trạm y tế, xã Mẫu, tỉnh Mẫu", label="Nơi trả"),
        Text("21/11/2026, 14 giờ 30", label="Nhận hồ sơ"),
        Rule(),
        Text(
            "Chưa lấy được: ngón cái trái (băng), ngón út phải (mòn). Cán bộ đã ghi vào hồ sơ; ông/bà không phải làm lại."
        ),
        Text("https://mau.example/" + "tra-cuu/" * 12 + "MAU01-000418", label="Tra cứu", weight=Weight.SMALL),
        Text("Ẫ Ễ Ỗ Ẵ Ổ Ặ Ợ Ự ẫ ễ ỗ ỵ", weight=Weight.LARGE),
        QrCode("https://mau.example/h/MAU01-000418?phieu=2&ngay=2026-12-07&noi=nha-van-hoa-mau-thuong"),
    ),
)
