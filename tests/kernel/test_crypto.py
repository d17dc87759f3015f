import pytest

from keji.kernel import crypto

KEY, NEW = bytes(range(32)), bytes(range(32, 64))
PLACE = "customers.id_number:C001"


@pytest.mark.req("R-004-08")
def test_a_sealed_value_is_not_plain_and_opens_again():
    sealed = crypto.seal(KEY, PLACE, "110105199003071239")

    assert b"110105" not in sealed
    assert len(sealed) == 1 + 12 + 18 + 16
    assert crypto.unseal(KEY, PLACE, sealed) == "110105199003071239"


def test_the_same_value_is_sealed_differently_each_time():
    assert crypto.seal(KEY, PLACE, "x") != crypto.seal(KEY, PLACE, "x")


@pytest.mark.parametrize("place", range(47))
def test_one_changed_bit_makes_it_unreadable(place):
    sealed = bytearray(crypto.seal(KEY, PLACE, "110105199003071239"))
    sealed[place] ^= 1

    with pytest.raises(crypto.Unreadable):
        crypto.unseal(KEY, PLACE, bytes(sealed))


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" * 28])
def test_what_was_never_sealed_is_unreadable(sealed):
    with pytest.raises(crypto.Unreadable):
        crypto.unseal(KEY, PLACE, sealed)


def test_a_value_moved_to_another_row_is_unreadable():
    with pytest.raises(crypto.Unreadable):
        crypto.unseal(KEY, "customers.id_number:C002", crypto.seal(KEY, PLACE, "x"))


def test_the_newest_key_seals_and_every_known_key_opens():
    old = crypto.seal(KEY, PLACE, "x")
    keys = {1: KEY, 2: NEW}
    new = crypto.seal(keys, PLACE, "x")

    assert (crypto.sealed_with(old), crypto.sealed_with(new)) == (1, 2)
    assert [crypto.unseal(keys, PLACE, sealed) for sealed in (old, new)] == ["x", "x"]
    with pytest.raises(crypto.Unreadable):
        crypto.unseal({1: NEW}, PLACE, old)


def test_a_key_has_32_bytes():
    with pytest.raises(ValueError, match="32"):
        crypto.seal(b"short", PLACE, "x")


def test_equal_values_have_equal_indexes_under_one_key_only():
    assert crypto.blind_index(KEY, "x") == crypto.blind_index(KEY, "x")
    assert crypto.blind_index(KEY, "x") != crypto.blind_index(NEW, "x")
    assert len(crypto.blind_index(KEY, "x")) == 64
