"""Corrections out to the population database and back: sealed, signed, all or nothing, and forgotten when answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from kiosk.cli.main import main
from kiosk.domain.correction import CorrectionDecided, Evidence, EvidenceShown, Refusal, Verdict
from kiosk.domain.dossier import Approved, Corrected, DossierEvent, SampleKind
from kiosk.domain.message import Message
from kiosk.errors import BadInputError
from kiosk.store import audit
from kiosk.store.correction_file import Answer, Bundle, read_bundle, read_reply, sign_reply
from kiosk.store.correction_opening import answers_to, bundle_in, open_bundle
from kiosk.store.corrections import Taken, correction_lines
from kiosk.store.ledger import SqliteLedger
from kiosk.workflow.board import CorrectionCounts
from tests.journeys.stage import free_of
from tests.kit import MAU, Keys, begin_dossier, open_ledger, slip_for

CENTRE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CENTRE_HEX = CENTRE.public_key().public_bytes_raw().hex()
PAPER = b"\x89PNG a photographed paper"
YEAR = Corrected("birth_date", "09/03/1985", "09/03/1958")
SEX = Corrected("sex", "male", "female")


def decided(field: str, value: str, verdict: Verdict = Verdict.ACCEPTED) -> CorrectionDecided:
    return CorrectionDecided(field, verdict, value, Evidence.BIRTH_CERTIFICATE, "CB01", "khớp")


class Site:
    """A kiosk, its data folder and the centre's keys."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.keys = Keys()
        self.ledger = open_ledger(data, self.keys)

    def seal(self, *decisions: CorrectionDecided) -> str:
        ledger: SqliteLedger = self.ledger
        dossier = begin_dossier(ledger)
        for fact in (YEAR, SEX):
            dossier = ledger.record(dossier, fact)
        dossier, _ = ledger.keep(dossier, SampleKind.EVIDENCE, "evidence-1", "image/png", PAPER)
        dossier = ledger.record(dossier, EvidenceShown(1))
        for said in decisions:
            dossier = ledger.record(dossier, said)
        dossier = ledger.move(dossier, DossierEvent.COMPLETE, "kiosk")
        dossier = ledger.record(dossier, Approved("CB01", ("correction",)))
        ledger.seal(ledger.move(dossier, DossierEvent.APPROVE, "CB01"), slip_for(dossier))
        return dossier.number

    def export(self, again: bool = False) -> tuple[Path, Bundle]:
        exported = self.ledger.corrections.export(self.data / "stick", again)
        assert exported
        return exported.place, bundle_in(exported.place, self.ledger.keys.public)

    def states(self) -> dict[str, str]:
        with self.ledger.database.transaction() as db:
            return {line.field: line.state for line in correction_lines(db)}

    def files(self) -> list[str]:
        return sorted(path.name for path in (self.data / "corrections").glob("*.age"))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "data")
    yield made
    made.ledger.close()


BOTH = (decided("birth_date", "09/03/1958"), decided("sex", "female"))


def reply_to(bundle: Bundle, **refused: Refusal) -> bytes:
    (dossier,) = {listed.dossier for listed in bundle.corrections}
    answers = answers_to(bundle, {(dossier, field): why for field, why in refused.items()})
    return msgspec.json.encode(sign_reply("MAU01", answers, CENTRE))


def test_out_and_back(site: Site) -> None:
    """D1, D2: sealed with the paper, opened at the centre, one taken and one not; then only number, field and state."""
    number = site.seal(*BOTH)
    assert site.ledger.corrections.counts() == CorrectionCounts(2, 0)
    place, bundle = site.export()
    assert site.ledger.corrections.counts() == CorrectionCounts(0, 2)
    ((inner, files),) = open_bundle(place, bundle, site.keys.centre)
    assert (inner.dossier, inner.person, files["evidence-1.png"]) == (number, MAU, PAPER)
    assert [(f.field, f.known, f.value) for f in inner.fields] == [
        ("birth_date", "09/03/1985", "09/03/1958"),
        ("sex", "male", "female"),
    ]
    reply = read_reply(reply_to(bundle, sex=Refusal.NOT_ENOUGH), "MAU01", CENTRE.public_key())
    assert site.ledger.corrections.take(reply) == Taken(accepted=1, refused=1)
    assert site.states() == {"birth_date": "accepted", "sex": "refused"}
    assert site.files() == []
    assert site.ledger.corrections.take(reply) == Taken(same=2), "the same reply twice changes nothing"
    site.ledger.database.empty_log()
    assert free_of(site.data, "09/03/1958", "09/03/1985")
    with site.ledger.database.transaction() as db:
        assert isinstance(audit.verify(db), audit.Whole)


def test_what_an_officer_refused_is_not_exported(site: Site) -> None:
    site.seal(decided("birth_date", "09/03/1985", Verdict.REFUSED), decided("sex", "male", Verdict.REFUSED))
    assert site.ledger.corrections.export(site.data / "stick") is None
    assert (site.files(), site.states()) == ([], {})


def test_what_is_answered_in_part_stays_until_the_rest_is(site: Site) -> None:
    site.seal(*BOTH)
    _, bundle = site.export()
    (listed,) = bundle.corrections
    first = sign_reply("MAU01", (Answer(listed.file, listed.dossier, "sex", "accepted"),), CENTRE)
    assert site.ledger.corrections.take(first) == Taken(accepted=1)
    assert len(site.files()) == 1
    place, again = site.export(again=True)
    assert again.corrections[0].fields == ("birth_date",)
    assert list(open_bundle(place, again, site.keys.escrow)), "a lost stick is written once more"
    assert site.ledger.corrections.export(site.data / "stick") is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"dossier": "MAU01-000099"}, "corrections.unknown"),
        ({"field": "phone"}, "corrections.unknown"),
        ({"file": "0" * 64}, "corrections.unknown"),
    ],
)
def test_a_reply_about_something_else_takes_nothing(site: Site, change: dict[str, str], code: str) -> None:
    """All or nothing: the good answer before the wrong one is not taken either, and the place is named."""
    site.seal(*BOTH)
    _, bundle = site.export()
    good, other = answers_to(bundle, {})
    wrong = msgspec.structs.replace(other, **change)
    refused = site.ledger.corrections.take(sign_reply("MAU01", (good, wrong), CENTRE))
    assert isinstance(refused, Message)
    assert (refused.code, refused.values["place"]) == (code, "answers[1]")
    assert set(site.states().values()) == {"exported"}
    assert len(site.files()) == 1


def test_a_reply_before_the_export_or_against_an_earlier_one_takes_nothing(site: Site) -> None:
    number = site.seal(*BOTH)
    (name,) = site.files()
    early = Answer(name.removesuffix(".age"), number, "sex", "accepted")
    refused = site.ledger.corrections.take(sign_reply("MAU01", (early,), CENTRE))
    assert isinstance(refused, Message)
    assert (refused.code, refused.values["state"]) == ("corrections.contradicts", "decided")
    _, bundle = site.export()
    site.ledger.corrections.take(sign_reply("MAU01", answers_to(bundle, {}), CENTRE))
    turned = answers_to(bundle, {(number, "sex"): Refusal.OTHER})
    refused = site.ledger.corrections.take(sign_reply("MAU01", turned, CENTRE))
    assert isinstance(refused, Message)
    assert refused.code == "corrections.contradicts"
    assert set(site.states().values()) == {"accepted"}


def test_a_crash_leaves_no_correction_nobody_knows(site: Site) -> None:
    """Written, then killed before the dossier was sealed: set aside, and the next sealing writes its own."""
    orphan = site.data / "corrections" / f"{'a' * 64}.age"
    orphan.write_bytes(b"sealed")
    (site.data / "corrections" / ".half.new").write_bytes(b"half")
    site.seal(*BOTH)
    site.ledger.close()
    site.ledger = open_ledger(site.data, site.keys)
    assert len(site.files()) == 1
    assert (site.data / "corrections" / "unknown" / orphan.name).exists()
    assert not (site.data / "corrections" / ".half.new").exists()


def test_a_stick_that_fails_leaves_everything_to_be_exported(site: Site) -> None:
    from kiosk.errors import StoreError

    site.seal(*BOTH)
    (site.data / "stick").write_bytes(b"not a folder")
    with pytest.raises(StoreError):
        site.ledger.corrections.export(site.data / "stick")
    assert set(site.states().values()) == {"decided"}


# -- documents from outside ------------------------------------------------------------------------------------------

SIGNED = msgspec.json.encode(
    sign_reply("MAU01", (Answer("0" * 64, "MAU01-000001", "sex", "refused", Refusal.OTHER),), CENTRE)
)


def test_a_reply_for_another_kiosk_or_by_another_key_is_refused() -> None:
    other = Ed25519PrivateKey.generate().public_key()
    for kiosk, key, code in (
        ("MAU02", CENTRE.public_key(), "corrections.other_kiosk"),
        ("MAU01", other, "corrections.forged"),
    ):
        with pytest.raises(BadInputError) as caught:
            read_reply(SIGNED, kiosk, key)
        assert caught.value.code == code


def test_fields_of_a_later_release_count_in_the_signature() -> None:
    later = {**json.loads(SIGNED), "note": "x"}
    with pytest.raises(BadInputError) as caught:
        read_reply(json.dumps(later).encode(), "MAU01", CENTRE.public_key())
    assert caught.value.code == "corrections.forged"


@pytest.mark.parametrize("written", [str.upper, lambda signature: f"{signature[:2]} {signature[2:]}"])
def test_a_signature_is_written_in_one_way(written: Callable[[str], str]) -> None:
    """Or one reply would be two files."""
    reply = json.loads(SIGNED)
    with pytest.raises(BadInputError) as caught:
        read_reply(
            json.dumps({**reply, "signature": written(reply["signature"])}).encode(),
            "MAU01",
            CENTRE.public_key(),
        )
    assert caught.value.code == "corrections.forged"


@given(st.binary(max_size=300) | st.integers(0, len(SIGNED) - 1).map(lambda at: SIGNED[:at]))
def test_anything_else_is_refused_in_words(data: bytes) -> None:
    for read in (
        lambda: read_reply(data, "MAU01", CENTRE.public_key()),
        lambda: read_bundle(data, CENTRE.public_key()),
    ):
        with pytest.raises(BadInputError):
            read()


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_no_changed_byte_passes(at: int, by: int) -> None:
    changed = bytearray(SIGNED)
    changed[at] ^= by
    try:
        reply = read_reply(bytes(changed), "MAU01", CENTRE.public_key())
    except BadInputError:
        return
    assert msgspec.json.encode(reply) == SIGNED, "only how a letter is written"


@pytest.mark.parametrize("harm", ["manifest", "file", "gone", "key"])
def test_the_centre_believes_nothing_unchecked(site: Site, harm: str) -> None:
    site.seal(*BOTH)
    place, bundle = site.export()
    (sealed,) = place.glob("*.age")
    identity = Keys().centre if harm == "key" else site.keys.centre
    if harm == "manifest":
        path = place / "manifest.json"
        path.write_bytes(path.read_bytes().replace(b"birth_date", b"birth_dote"))
    elif harm == "file":
        sealed.write_bytes(sealed.read_bytes()[:-1] + b"x")
    elif harm == "gone":
        sealed.unlink()
    with pytest.raises(BadInputError) as caught:
        again = bundle_in(place, site.ledger.keys.public) if harm == "manifest" else bundle
        list(open_bundle(place, again, identity))
    assert (
        caught.value.code
        == {
            "manifest": "corrections.forged",
            "file": "corrections.changed",
            "gone": "corrections.unreadable",
            "key": "sealed.other_key",
        }[harm]
    )


# -- commands --------------------------------------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, list[dict[str, object]]]:
    status = main([*map(str, arguments), "--json"])
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_commands_carry_a_correction_there_and_back(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = site.seal(*BOTH)
    site.ledger.close()
    hex_key = site.ledger.keys.public.public_bytes_raw().hex()
    age, pem = tmp_path / "age.key", tmp_path / "centre.pem"
    age.write_text(f"{site.keys.centre}\n")
    pem.write_bytes(CENTRE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    config = tmp_path / "kiosk.toml"
    config.write_text(f'[seal]\nreply_key = "{CENTRE_HEX}"\n')
    at = ("--data", site.data)
    stick, reply = tmp_path / "stick", tmp_path / "reply.json"

    status, ((told),) = run(capsys, "corrections", "export", *at, "--to", stick)
    assert (status, told["files"]) == (0, 1)
    place = Path(str(told["place"]))
    assert run(capsys, "corrections", "export", *at, "--to", stick)[0] == 1

    centre = ("--device-key", hex_key)
    status, _ = run(capsys, "corrections", "open", place, *centre, "--key", age, "--to", tmp_path / "open")
    assert status == 0
    assert (tmp_path / "open" / number / "evidence-1.png").read_bytes() == PAPER
    bad = ("--refuse", "nonsense")
    assert run(capsys, "corrections", "reply", place, *centre, "--sign", pem, "--out", reply, *bad)[0] == 2
    no = ("--refuse", f"{number}/sex=contradicted")
    assert run(capsys, "corrections", "reply", place, *centre, "--sign", pem, "--out", reply, *no)[0] == 0

    assert run(capsys, "corrections", "import", reply, *at)[1] == [{"error": "corrections.no_key"}]
    taking = ("corrections", "import", reply, *at, "--config", config)
    assert run(capsys, *taking) == (0, [{"accepted": 1, "refused": 1, "same": 0}])
    assert run(capsys, *taking) == (0, [{"accepted": 0, "refused": 0, "same": 2}])
    assert run(capsys, "corrections", "list", *at)[1] == [
        {"dossier": number, "field": "birth_date", "state": "accepted", "reason": ""},
        {"dossier": number, "field": "sex", "state": "refused", "reason": "contradicted"},
    ]


def test_a_running_core_keeps_the_commands_out(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    from kiosk.app.process import only_core

    site.seal(*BOTH)
    with only_core(site.data):
        status, (told,) = run(capsys, "corrections", "export", "--data", site.data, "--to", site.data / "x")
        assert (status, told["error"]) == (2, "store.in_use")
        assert run(capsys, "corrections", "list", "--data", site.data)[0] == 0
    missing = run(capsys, "corrections", "import", site.data / "none.json", "--data", site.data)
    assert missing == (
        2,
        [{"error": "corrections.unreadable", "file": "none.json", "why": "No such file or directory"}],
    )


def test_nothing_is_made_where_no_kiosk_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, (told,) = run(capsys, "corrections", "export", "--data", tmp_path / "no", "--to", tmp_path / "x")
    assert (status, told["error"]) == (2, "store.absent")
    assert list(tmp_path.iterdir()) == []
    with closing(open_ledger(tmp_path / "data")) as ledger:
        assert ledger.corrections.counts() == CorrectionCounts()
