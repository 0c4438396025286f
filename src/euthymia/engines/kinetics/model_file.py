"""Reading a model file: one TOML file named by its paper becomes a checked :class:`ModelFile`."""

from __future__ import annotations

import tomllib

from euthymia.core.errors import TableError
from euthymia.core.source import Source
from euthymia.engines.kinetics.expressions import Expression, read_expression
from euthymia.engines.kinetics.model_checks_file import read_checks
from euthymia.engines.kinetics.model_keys import Keys
from euthymia.engines.kinetics.model_patients import read_covariances, read_covariates, read_effects, read_parameters
from euthymia.engines.kinetics.model_types import (
    Enantiomer,
    Flow,
    ModelFile,
    ModelStatus,
    Output,
    Residual,
    Route,
    RoutePart,
    SamplingSite,
)

DOSE_NAMES = ("device",)
"""Names a route may use beside the parameters: ``device`` is the unit's position in its session, from 1."""


def parse_model(text: str, origin: str) -> ModelFile:
    """Parse the text of a model file.

    Parameters
    ----------
    text
        TOML; see ``docs/reference/kinetics-models.md`` for its keys.
    origin
        Name of the file, for errors.

    Raises
    ------
    TableError
        With file, key and what is allowed.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TableError(f"{origin}: {error}") from error
    keys = Keys(content, origin)
    source = keys.source()
    sampling = _site(keys, source)
    parameters = read_parameters(keys, source)
    covariates = read_covariates(keys)
    effects = read_effects(keys, source, parameters, covariates)
    known = [*parameters, *(name for name, c in covariates.items() if c.kind != "category")]
    derived = _expressions(keys, "derived", known, grows=True)
    known += list(derived)
    states = keys.texts("states")
    if not states or len(set(states)) != len(states):
        raise TableError(f"{origin}: key `states` is {list(states)}; allowed: a list of distinct names")
    clash = sorted(set(states) & set(known))
    if clash:
        raise TableError(f"{origin}: {', '.join(clash)} is the name of a state and of a parameter; rename one")
    flows = tuple(_flow(row, states, known) for row in keys.rows("flow"))
    derivatives = _expressions(keys, "ode", [*known, *states])
    if bool(flows) == bool(derivatives):
        raise TableError(f"{origin}: a model has either [[flow]] rows (linear) or an [ode] table (non-linear)")
    if derivatives and set(derivatives) != set(states):
        raise TableError(f"{origin}: [ode] has {sorted(derivatives)}; allowed: one line for each of {sorted(states)}")
    routes = {name: _route(name, table, states, known) for name, table in keys.tables("route").items()}
    outputs = {name: _output(name, table, states, known) for name, table in keys.tables("output").items()}
    if not routes or not outputs:
        raise TableError(f"{origin}: a model needs at least one [route.NAME] and one [output.NAME]")
    initial = keys.plain("initial")
    for state, amount in initial.items():
        if state not in states or isinstance(amount, bool) or not isinstance(amount, int | float):
            raise TableError(f"{origin}: initial.{state} is {amount!r}; allowed: a number for one of {list(states)}")
    population = keys.tables("about").get("population") or Keys({}, f"{origin}: about.population")
    model = ModelFile(
        name=keys.text("name"),
        title=keys.text("title"),
        drug=keys.text("drug"),
        status=ModelStatus(keys.word("status", tuple(ModelStatus))),
        source=source,
        population=population.text("people"),
        n_people=_whole(population.optional_number("n", low=1)),
        sampling_site=sampling[0],
        sampling_site_source=sampling[1],
        enantiomer=Enantiomer(keys.word("enantiomer", tuple(Enantiomer))),
        assay=keys.text("assay"),
        bioavailability=keys.text("bioavailability"),
        limits=keys.texts("limits"),
        states=states,
        parameters=parameters,
        covariances=read_covariances(keys, parameters),
        covariates=covariates,
        effects=effects,
        derived=derived,
        flows=flows,
        derivatives=derivatives,
        initial={name: float(value) for name, value in initial.items()},
        routes=routes,
        outputs=outputs,
        checks=read_checks(keys, source, outputs, routes, covariates),
        origin=origin,
    )
    population.done()
    keys.done()
    if not model.checks:
        raise TableError(f"{origin}: a model needs at least one [[check]] with known answers")
    return model


def _site(keys: Keys, default: Source) -> tuple[SamplingSite, Source]:
    """Read the sampling site, which may be less certain than the rest of the file."""
    table = keys.tables("about").get("sampling")
    if table is None:
        raise TableError(f"{keys.where}: table [about.sampling] is missing")
    site = SamplingSite(table.word("site", tuple(SamplingSite)))
    source = table.source(default)
    table.done()
    return site, source


def _expressions(keys: Keys, key: str, known: list[str], *, grows: bool = False) -> dict[str, Expression]:
    """Read a table of expressions; with ``grows`` each may use the ones above it."""
    names = list(known)
    found: dict[str, Expression] = {}
    for name, text in keys.plain(key).items():
        where = f"{keys.where}: {key}.{name}"
        if not isinstance(text, str):
            raise TableError(f"{where} is {text!r}; allowed: an expression in quotes")
        if grows and name in names:
            raise TableError(f"{where}: the name is taken by a parameter or covariate")
        found[name] = read_expression(text, names, where)
        if grows:
            names.append(name)
    return found


def _flow(row: Keys, states: tuple[str, ...], known: list[str]) -> Flow:
    origin, target = row.word("from", states), row.word("to", (*states, "out"))
    flow = Flow(origin, "" if target == "out" else target, read_expression(row.text("rate"), known, row.where))
    row.done()
    if origin == target:
        raise TableError(f"{row.where}: a flow from {origin} to itself")
    return flow


def _route(name: str, table: Keys, states: tuple[str, ...], known: list[str]) -> Route:
    names = [*known, *DOSE_NAMES]
    parts: list[RoutePart] = []
    for row in table.rows("part"):
        form = row.word("form", ("bolus", "as_given", "zero_order"))
        duration = row.text("duration", "")
        if (form == "zero_order") != bool(duration):
            raise TableError(f"{row.where}: `duration` belongs to form zero_order, and only to it")
        lag = row.text("lag", "")
        parts.append(
            RoutePart(
                row.word("state", states),
                read_expression(row.text("share", "1"), names, row.where),
                form,
                read_expression(duration, names, row.where) if duration else None,
                read_expression(lag, names, row.where) if lag else None,
            )
        )
        row.done()
    if not parts:
        raise TableError(f"{table.where}: a route needs at least one part")
    unit = table.optional_number("unit_mg", low=1e-9)
    spacing = table.optional_number("spacing_min", low=0.0)
    if (unit is None) != (spacing is None):
        raise TableError(f"{table.where}: `unit_mg` and `spacing_min` come together")
    route = Route(
        name, tuple(parts), table.pair("dose_range_mg"), unit, (spacing or 0.0) / 60.0, table.text("note", "")
    )
    table.done()
    return route


def _output(name: str, table: Keys, states: tuple[str, ...], known: list[str]) -> Output:
    residual = None
    plain = table.plain("residual")
    if plain:
        keys = Keys(plain, f"{table.where}: residual")
        residual = Residual(
            keys.word("form", ("log", "proportional")),
            keys.number("sd", low=0.0),
            keys.optional_number("additive_ng_ml", low=0.0) or 0.0,
        )
        keys.done()
    output = Output(
        name,
        table.word("state", states),
        read_expression(table.text("volume"), known, table.where),
        table.text("mass_basis"),
        table.number("molar_mass_g_mol", low=1.0),
        residual,
        table.text("note", ""),
    )
    table.done()
    return output


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
