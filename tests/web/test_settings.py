from pathlib import Path

import pytest

from web.settings import BadSetting, load

NOWHERE = Path("/nowhere")


def test_defaults_are_a_hall_on_this_machine() -> None:
    settings = load({}, NOWHERE)

    assert settings.home == Path.home() / ".hall"
    assert (settings.host, settings.port) == ("localhost", 8080)
    assert (settings.origin, settings.url) == ("http://localhost:8080", "http://localhost:8080")
    assert settings.database_url is None
    assert not settings.is_https


def test_home_is_the_folder_beside_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / ".hall").mkdir()

    assert load({}, tmp_path).home == tmp_path / ".hall"
    assert load({"HALL_HOME": "/srv/hall"}, tmp_path).home == Path("/srv/hall")


def test_environment_goes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('origin = "https://hall.example"\nlisten = "[::]:9000"')

    settings = load({"HALL_HOME": str(tmp_path), "HALL_LISTEN": "127.0.0.1:9001"}, NOWHERE)

    assert (settings.origin, settings.host, settings.port) == (
        "https://hall.example",
        "127.0.0.1",
        9001,
    )
    assert settings.is_https


def test_origin_is_written_as_browsers_send_it() -> None:
    settings = load({"HALL_ORIGIN": "HTTPS://Hall.Example:443/"}, NOWHERE)

    assert settings.origin == "https://hall.example"


def test_waiting_room_is_shared_beside_this_machine() -> None:
    settings = load({"HALL_SHARED_ADDRESSES": "10.1.2.0/24, 2001:db8::/64"}, NOWHERE)

    assert [str(network) for network in settings.shared_addresses] == [
        "127.0.0.0/8",
        "::1/128",
        "10.1.2.0/24",
        "2001:db8::/64",
    ]


def test_second_channels_are_named_one_after_the_other() -> None:
    settings = load({"HALL_LODGE": "https://lodge.example https://Other.example:443"}, NOWHERE)

    assert settings.lodges == ("https://lodge.example", "https://other.example")
    assert load({}, NOWHERE).lodges == ()


@pytest.mark.parametrize(
    "bridge", ["http://127.0.0.1:7777", "http://localhost:7777", "https://[::1]:7777"]
)
def test_a_bridge_to_tokens_leads_to_the_browsers_own_machine(bridge: str) -> None:
    assert load({"HALL_TOKEN_BRIDGE": bridge}, NOWHERE).token_bridge == bridge


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HALL_ORIGN", "https://hall.example"),
        ("HALL_ORIGIN", "hall.example"),
        ("HALL_ORIGIN", "https://hall.example/path"),
        ("HALL_ORIGIN", "ftp://hall.example"),
        ("HALL_ORIGIN", "https://user@hall.example"),
        ("HALL_GALLERY", "gallery"),
        ("HALL_LISTEN", "8080"),
        ("HALL_LISTEN", "localhost:http"),
        ("HALL_LISTEN", "localhost:65536"),
        ("HALL_SHARED_ADDRESSES", "10.1.2.3/24"),
        ("HALL_TOKEN_BRIDGE", "http://bridge.example:7777"),
        ("HALL_TOKEN_BRIDGE", "http://10.1.2.3:7777"),
        ("HALL_LODGE", "https://lodge.example http://other.example"),
        ("HALL_LODGE", "https://lodge.example/path"),
    ],
)
def test_slip_of_the_pen_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        load({name: value}, NOWHERE)


@pytest.mark.parametrize("text", ["origin = 1", "home = '/x'", "orign = 'x'", "= broken"])
def test_file_is_read_as_strictly(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.toml").write_text(text)

    with pytest.raises(BadSetting):
        load({"HALL_HOME": str(tmp_path)}, NOWHERE)


S3 = {
    "HALL_VAULT": "s3+https://store.example:9000/hall-files",
    "AWS_ACCESS_KEY_ID": "hall",
    "AWS_SECRET_ACCESS_KEY": "a secret",
    "AWS_REGION": "cn-north-1",
}


def test_an_s3_vault_has_an_origin_a_bucket_and_keys_that_are_never_shown() -> None:
    bucket = load(S3, NOWHERE).vault

    assert bucket is not None
    assert (bucket.origin, bucket.name) == ("https://store.example:9000", "hall-files")
    assert (bucket.keys.access, bucket.keys.secret, bucket.keys.region) == (
        "hall",
        "a secret",
        "cn-north-1",
    )
    assert "a secret" not in repr(load(S3, NOWHERE))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HALL_VAULT", "/srv/files"),
        ("HALL_VAULT", "s3+https://store.example"),
        ("HALL_VAULT", "s3+https://store.example/Hall_Files"),
        ("HALL_VAULT", "s3+https://store.example/a/hall-files"),
        ("HALL_VAULT", "s3+ftp://store.example/hall-files"),
        ("AWS_ACCESS_KEY_ID", ""),
        ("AWS_SECRET_ACCESS_KEY", ""),
        ("AWS_REGION", ""),
    ],
)
def test_an_s3_vault_is_named_whole_or_not_at_all(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        load({**S3, name: value}, NOWHERE)
