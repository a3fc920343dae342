"""The capture plans are signed data: what they ask for, who vouches for them, and what a changed one leads to (X2)."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from kiosk.app import plans, resources
from kiosk.app.plans import PLANS, read_keys, read_plan, sign_plan, signature_file, signer_of
from kiosk.config import Config, StationConfig
from kiosk.domain.fingers import FingerExceptionCode, FingerPosition, Impression
from kiosk.domain.plan import Modality, PlannedCapture, Regime, Rule, parse_regime
from kiosk.errors import BadInputError, ConfigError
from scripts import sign_plans
from tests.journeys.stage import run_kiosk

SHIPPED = sorted(path.stem for path in PLANS.glob("*.toml"))


def shipped(name: str) -> Regime:
    return read_plan(PLANS / f"{name}.toml", read_keys())


class Holder:
    """Somebody with a key of their own, and a plan signed with it."""

    def __init__(self, folder: Path) -> None:
        self.private = Ed25519PrivateKey.generate()
        self.keys = {"tester": self.private.public_key()}
        self.plan = folder / "cccd2021.toml"
        self.plan.write_bytes((PLANS / "cccd2021.toml").read_bytes())
        sign_plan(self.plan, self.private)

    def write_keys(self, folder: Path) -> None:
        folder.mkdir()
        pem = self.keys["tester"].public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (folder / "tester.pem").write_bytes(pem)


@pytest.fixture
def holder(tmp_path: Path) -> Holder:
    return Holder(tmp_path)


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_shipped_is_signed_and_asks_for_the_prescribed_order(name: str) -> None:
    """Flat right four, flat left four, both thumbs, then ten rolled in order (TT 60/2021 art. 5)."""
    asked = [capture.key for capture in shipped(name).fingers]
    assert asked == ["flat-13", "flat-14", "flat-15", *(f"rolled-{code:02d}" for code in range(1, 11))]


def test_both_regimes_are_there_and_follow_each_other() -> None:
    old, new = shipped("cccd2021"), shipped("cc2024")
    assert SHIPPED == ["cc2024", "cccd2021"]
    assert (old.in_force(date(2024, 6, 30)), new.in_force(date(2024, 6, 30))) == (True, False)
    assert (old.in_force(date(2024, 7, 1)), new.in_force(date(2024, 7, 1))) == (False, True)
    assert (old.modalities, new.modalities) == ((), (Modality.IRIS,))
    assert (old.on_demand_age, new.on_demand_age) == (None, 6)
    assert new.temporary == (FingerExceptionCode.BANDAGED,)


def test_nothing_of_the_law_of_2024_is_called_confirmed() -> None:
    """Its articles were not seen, only summaries."""
    assert set(shipped("cc2024").unconfirmed) == set(Rule)


def test_a_plan_signed_with_a_key_of_ones_own_is_taken(holder: Holder) -> None:
    assert read_plan(holder.plan, holder.keys).id == "cccd2021"
    assert signer_of(holder.plan, holder.keys) == "tester"


def test_one_key_can_follow_another(holder: Holder) -> None:
    both = {"before": Ed25519PrivateKey.generate().public_key(), **holder.keys}
    assert signer_of(holder.plan, both) == "tester"


def test_a_plan_of_somebody_else_is_refused(holder: Holder) -> None:
    with pytest.raises(ConfigError, match=r"plan\.forged"):
        read_plan(holder.plan, read_keys())


def test_an_edited_plan_is_refused_and_named(holder: Holder) -> None:
    text = holder.plan.read_text(encoding="utf-8")
    holder.plan.write_text(text.replace('two_persons = ["cannot"]', "two_persons = []"), encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        read_plan(holder.plan, holder.keys)
    assert (refused.value.code, refused.value.values["plan"]) == ("plan.forged", str(holder.plan))
    sign_plan(holder.plan, holder.private)
    assert read_plan(holder.plan, holder.keys).two_persons == ()


@given(place=st.integers(0, 2**16), flipped=st.integers(1, 255))
def test_no_changed_byte_goes_unseen(
    place: int, flipped: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    holder = Holder(tmp_path_factory.mktemp("plan"))
    changed = bytearray(holder.plan.read_bytes())
    changed[place % len(changed)] ^= flipped
    holder.plan.write_bytes(changed)
    with pytest.raises(ConfigError, match=r"plan\.forged"):
        read_plan(holder.plan, holder.keys)


@pytest.mark.parametrize(
    ("signature", "code"),
    [(None, "plan.unsigned"), (b"", "plan.forged"), (b"\xff\x00", "plan.forged"), (b"QUJD", "plan.forged")],
)
def test_a_signature_that_is_none(holder: Holder, signature: bytes | None, code: str) -> None:
    if signature is None:
        signature_file(holder.plan).unlink()
    else:
        signature_file(holder.plan).write_bytes(signature)
    with pytest.raises(ConfigError) as refused:
        read_plan(holder.plan, holder.keys)
    assert refused.value.code == code


def test_a_plan_under_another_name_is_refused(holder: Holder) -> None:
    """A signature over one plan does not let it pass for another."""
    other = holder.plan.with_name("cc2024.toml")
    other.write_bytes(holder.plan.read_bytes())
    signature_file(other).write_bytes(signature_file(holder.plan).read_bytes())
    with pytest.raises(ConfigError, match=r"plan\.misnamed"):
        read_plan(other, holder.keys)


def document(**changed: object) -> dict[str, object]:
    """A plan that can be read, with what a test changes."""
    plan: dict[str, object] = {
        "id": "test",
        "valid_from": date(2026, 1, 1),
        "mandatory_age": 14,
        "return_working_days": 7,
        "fingers": [{"position": code, "impression": "rolled"} for code in range(1, 11)],
        "provisions": [{"rule": rule.value, "source": "a test", "confirmed": False} for rule in Rule],
    }
    return plan | changed


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"fingers": [{"position": 1, "impression": "flat"}]}, "ten"),
        ({"fingers": [{"position": code, "impression": "rolled"} for code in (*range(1, 11), 1)]}, "twice"),
        ({"fingers": [{"position": 11, "impression": "rolled"}]}, "11"),
        ({"provisions": []}, "provisions"),
        ({"on_demand_age": 14}, "on_demand_age"),
        ({"valid_to": date(2025, 1, 1)}, "valid_to"),
        ({"temporary": ["lost"]}, "temporary"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(changed: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_regime(document(**changed))
    assert parse_regime(document()).modalities == ()


def test_a_plan_that_cannot_be_read_is_not_signed(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    with pytest.raises(BadInputError, match=r"plan\.absent"):
        sign_plan(broken, Ed25519PrivateKey.generate())
    broken.write_text("id = ")
    with pytest.raises(ConfigError, match=r"plan\.malformed"):
        sign_plan(broken, Ed25519PrivateKey.generate())
    assert not signature_file(broken).exists()


@pytest.mark.parametrize("capture", [PlannedCapture(FingerPosition.LEFT_FOUR, Impression.FLAT)])
def test_a_capture_is_read_back_from_its_key(capture: PlannedCapture) -> None:
    assert PlannedCapture.of_key(capture.key) == capture
    with pytest.raises(ValueError, match=r"11|flat"):
        PlannedCapture.of_key("flat-11")


def test_keys_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"plan\.no_keys"):
        read_keys(tmp_path)
    (tmp_path / "broken.pem").write_text("no key")
    with pytest.raises(ConfigError, match=r"plan\.key_unreadable"):
        read_keys(tmp_path)
    with pytest.raises(BadInputError, match=r"plan\.key_unreadable"):
        plans.read_private_key(tmp_path / "broken.pem")


def test_a_kiosk_does_not_start_on_an_edited_plan(
    holder: Holder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The configuration is looked through before anything is written; the sentence names the plan."""
    holder.plan.write_text(holder.plan.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    monkeypatch.setattr(resources, "PLANS", tmp_path)
    monkeypatch.setattr(resources, "read_keys", lambda: holder.keys)
    with pytest.raises(ConfigError) as refused:
        resources.accept(Config(station=StationConfig(regime="cccd2021")), None)
    assert (refused.value.code, refused.value.values["plan"]) == ("plan.forged", str(holder.plan))


def test_the_commands_of_those_who_keep_the_plans(holder: Holder, tmp_path: Path) -> None:
    holder.write_keys(tmp_path / "keys")
    key = tmp_path / "private.pem"
    key.write_bytes(holder.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    check = ("plan", "verify", str(holder.plan), "--keys", str(tmp_path / "keys"), "--json")
    holder.plan.write_text(holder.plan.read_text(encoding="utf-8") + "# later\n", encoding="utf-8")
    refused = run_kiosk(*check)
    assert (refused.returncode, json.loads(refused.stdout)["refused"]) == (1, "plan.forged")
    assert str(holder.plan) in refused.stderr
    assert run_kiosk("plan", "sign", str(holder.plan), "--key", str(key)).returncode == 0
    taken = run_kiosk(*check)
    assert (taken.returncode, json.loads(taken.stdout)["signed_by"]) == (0, "tester")


def test_the_plans_are_listed() -> None:
    listed = run_kiosk("plan", "list", "--json")
    lines = {line["plan"]: line for line in json.loads(listed.stdout)}
    assert sorted(lines) == SHIPPED
    assert lines["cccd2021"]["valid_to"] == "2024-06-30"
    assert "fingers" in lines["cc2024"]["unconfirmed"]
    assert run_kiosk("plan", "verify").returncode == 0


def test_the_plans_are_signed_anew_with_a_fresh_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `docs/plans.md` says; the private key stays outside of the repository, closed to others."""
    folder, keys = tmp_path / "plans", tmp_path / "public"
    folder.mkdir()
    (folder / "cc2024.toml").write_bytes((PLANS / "cc2024.toml").read_bytes())
    monkeypatch.setattr(sign_plans, "PLANS", folder)
    monkeypatch.setattr(sign_plans, "KEYS", keys)
    private = tmp_path / "private.pem"
    assert sign_plans.main([str(private), "--name", "ministry"]) == 0
    assert private.stat().st_mode & 0o077 == 0
    assert signer_of(folder / "cc2024.toml", read_keys(keys)) == "ministry"
    before = private.read_bytes()
    assert sign_plans.main([str(private), "--name", "ministry"]) == 0
    assert private.read_bytes() == before, "a key that is there is used"


def test_a_private_key_never_lies_in_the_repository() -> None:
    inside = Path(sign_plans.ROOT) / "private.pem"
    done = subprocess.run(
        [sys.executable, str(Path(sign_plans.__file__)), str(inside)],
        capture_output=True,
        check=False,
        cwd=sign_plans.ROOT,
        env={"PYTHONPATH": str(sign_plans.ROOT)},
    )
    assert done.returncode == 2
    assert not inside.exists()
    assert not [path for path in sign_plans.ROOT.glob("kiosk/**/*.pem") if b"PRIVATE" in path.read_bytes()]
