import pytest

from keji.kernel import sizes

L, M, S, XS = "L", "M", "S", "XS"


@pytest.mark.req("R-000-14")
@pytest.mark.parametrize(
    ("employees", "label"),
    [(0, "50人以下"), (49, "50人以下"), (50, "50-200人"), (199, "50-200人"), (200, "200人以上")],
)
def test_three_bands_by_staff(employees, label):
    assert sizes.label("EMP3_000", sizes.band("EMP3_000", employees=employees)) == label


@pytest.mark.req("R-000-15")
@pytest.mark.parametrize(
    ("employees", "label"),
    [
        (0, "50人以下"), (49, "50人以下"), (50, "50-200人"), (199, "50-200人"), (200, "200-500人"), (499, "200-500人"),
        (500, "500人以上"),
    ],
)  # fmt: skip
def test_four_bands_by_staff(employees, label):
    assert sizes.label("EMP4_DEFAULT", sizes.band("EMP4_DEFAULT", employees=employees)) == label


@pytest.mark.req("R-004-29")
@pytest.mark.req("R-004-30")
@pytest.mark.parametrize(
    ("employees", "revenue", "band"),
    [
        (99, None, "SMALL_MICRO"), (100, None, "MEDIUM"), (500, None, "MEDIUM"), (501, None, "LARGE"),
        (None, 499, "SMALL_MICRO"), (None, 500, "MEDIUM"), (None, 2000, "MEDIUM"), (None, 2001, "LARGE"),
        (500, 2000, "MEDIUM"), (501, 2001, "LARGE"), (501, 2000, "MEDIUM"), (300, 400, "SMALL_MICRO"), (None, None, None),
    ],
)  # fmt: skip
def test_the_lower_band_of_staff_and_revenue(employees, revenue, band):
    assert sizes.band("EMPREV3_004", employees=employees, revenue_10k=revenue) == band


@pytest.mark.parametrize(
    ("industry", "figures", "band"),
    [
        ("C34", {"employees": 1000, "revenue_10k": 40000}, L),
        ("C", {"employees": 1000, "revenue_10k": 39999}, M),
        ("C34", {"employees": 19, "revenue_10k": 40000}, XS),
        ("C34", {"employees": 300}, M),
        ("A01", {"revenue_10k": 500}, M),
        ("E47", {"revenue_10k": 80000, "assets_10k": 299}, XS),
        ("F51", {"employees": 5, "revenue_10k": 1000}, S),
        ("F52", {"employees": 300, "revenue_10k": 20000}, L),
        ("G54", {"employees": 1000, "revenue_10k": 30000}, L),
        ("G59", {"employees": 200, "revenue_10k": 30000}, L),
        ("G591", {"employees": 200, "revenue_10k": 30000}, S),
        ("G60", {"employees": 300, "revenue_10k": 2000}, M),
        ("H61", {"employees": 100, "revenue_10k": 2000}, M),
        ("I64", {"employees": 2000, "revenue_10k": 100000}, L),
        ("I65", {"employees": 10, "revenue_10k": 50}, S),
        ("K70", {"revenue_10k": 1000, "assets_10k": 5000}, M),
        ("K7020", {"employees": 1000, "revenue_10k": 5000}, L),
        ("K7030", {"employees": 300}, L),
        ("L72", {"employees": 300, "assets_10k": 7999}, S),
        ("M74", {"employees": 100}, M),
        ("Q85", {"employees": 9}, XS),
        ("R88", {"employees": 10}, S),
        ("J66", {"employees": 1000}, None),
        ("P83", {"employees": 1000}, None),
        ("Q84", {"employees": 1000}, None),
        ("G", {"employees": 1000}, None),
        ("", {"employees": 1000}, None),
        ("C34", {}, None),
    ],
)
def test_the_bands_of_the_law_by_industry(industry, figures, band):
    assert sizes.band("NBS2017", industry=industry, **figures) == band


@pytest.mark.req("R-000-15")
@pytest.mark.parametrize(
    ("scheme", "label", "band"),
    [
        ("EMP4_DEFAULT", "200-500人", "200_500"),
        ("EMP4_DEFAULT", "50～200 人", "50_200"),
        ("EMP4_DEFAULT", "200人以上", None),
        ("EMP3_000", "200人以上", "GE200"),
        ("EMP3_000", "200-500人", None),
        ("EMPREV3_004", "小微企业(<100人)", "SMALL_MICRO"),
        ("NBS2017", "小型企业", "S"),
        ("EMP4_DEFAULT", "很大", None),
    ],
)
def test_an_imported_label_gives_a_band_where_nothing_else_is_known(scheme, label, band):
    assert sizes.band(scheme, label=label) == band


def test_figures_go_before_the_label():
    assert sizes.band("EMP4_DEFAULT", employees=10, label="500人以上") == "LT50"


def test_every_scheme_lists_its_bands():
    assert {scheme: len(sizes.bands(scheme)) for scheme in sizes.SCHEMES} == {
        "EMP3_000": 3,
        "EMP4_DEFAULT": 4,
        "EMPREV3_004": 3,
        "NBS2017": 4,
    }
    assert sizes.label("EMP3_000", "200_500") == "200_500"
