from pathlib import Path

import pytest

from notary import cms, sums
from tests.notary.export import House, a_house


@pytest.fixture(scope="module")
def house() -> House:
    return a_house()


def signed(house: House, folder: Path, text: bytes) -> Path:
    (folder / "a").write_bytes(b"")
    (folder / sums.NAME).write_bytes(text)
    (folder / sums.SIGNATURE).write_bytes(cms.sign(text, house.key, house.certificate))
    return folder


EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_sums_of_a_folder_are_checked_and_their_signer_told(
    house: House, tmp_path: Path
) -> None:
    files, signer = sums.check(signed(house, tmp_path, f"{EMPTY}  a\n".encode()))

    assert files == {"a", sums.NAME, sums.SIGNATURE}
    assert signer == house.certificate
    assert sums.write({"b": EMPTY, "a": EMPTY}) == f"{EMPTY}  a\n{EMPTY}  b\n".encode()


@pytest.mark.parametrize(
    "text",
    [
        f"{EMPTY}  a",
        f"{EMPTY} *a\n",
        f"{EMPTY.upper()}  a\n",
        f"{EMPTY}  a\n{EMPTY}  a\n",
        f"{EMPTY}  b\n{EMPTY}  a\n",
        f"{EMPTY}  a\r\n",
        f"\\{EMPTY}  a\\n\n",
        f"{EMPTY}  a\n\n",
        f"{EMPTY}  \udcff\n",
    ],
    ids=range(9),
)
def test_sums_in_another_form_are_refused(house: House, tmp_path: Path, text: str) -> None:
    folder = signed(house, tmp_path, text.encode(errors="surrogateescape"))

    with pytest.raises(sums.NotVerified) as error:
        sums.check(folder)

    assert error.value.file == sums.NAME


@pytest.mark.parametrize("path", ["../a", "/etc/hostname", "./a", "b"])
def test_a_path_that_is_no_file_of_the_folder_is_missing(
    house: House, tmp_path: Path, path: str
) -> None:
    text = "".join(sorted([f"{EMPTY}  a\n", f"{EMPTY}  {path}\n"], key=lambda line: line[66:]))

    with pytest.raises(sums.NotVerified) as error:
        sums.check(signed(house, tmp_path, text.encode()))

    assert error.value.file == path
