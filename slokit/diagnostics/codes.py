"""Every code of a finding, in one registry: a row each.

Families: 0xx reading, 1xx shape, 2xx meaning of an SLO, 3xx PromQL, 4xx alerts, 5xx maintenance,
6xx live server.
A code is never reused and never changes its number or slug: ignore comments and CI filters name it.
"""

from slokit.diagnostics.finding import Code, Severity

_registered: list[Code] = []
_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


def _code(number: str, slug: str, severity: Severity, title: str) -> Code:
    code = Code(number, slug, severity, title)
    _registered.append(code)
    return code


# fmt: off
# 0xx: reading a file
YAML_SYNTAX = _code("SLK001", "yaml/syntax", _ERROR, "The file is not valid YAML.")
DUPLICATE_KEY = _code("SLK002", "yaml/duplicate-key", _ERROR, "A mapping holds the same key twice.")
AMBIGUOUS_SCALAR = _code("SLK003", "yaml/ambiguous-scalar", _ERROR, "An unquoted scalar is read as a boolean or a number by other YAML readers.")
MANGLED_PROMQL = _code("SLK004", "yaml/mangled-promql", _ERROR, "YAML cut a PromQL expression short or read it as a mapping, because it is not quoted.")
TOO_LARGE = _code("SLK005", "yaml/too-large", _ERROR, "The file is larger than slokit reads.")
TOO_DEEP = _code("SLK006", "yaml/too-deep", _ERROR, "The file nests too deeply, or its aliases expand to too much.")
NOT_UTF8 = _code("SLK007", "yaml/not-utf8", _ERROR, "The file is not UTF-8 text, or holds control characters.")
NOT_A_SPEC = _code("SLK008", "yaml/not-a-spec", _ERROR, "A file named on the command line holds no slokit document.")
OUTSIDE_PROJECT = _code("SLK009", "bundle/outside-project", _ERROR, "A path in a file of the project, or a link, leads out of the project's directory.")
IGNORE_UNUSED = _code("SLK090", "ignore/unused", _WARNING, "An ignore comment silences nothing.")
IGNORE_NO_REASON = _code("SLK091", "ignore/no-reason", _WARNING, "An ignore comment gives no reason.")
IGNORE_UNKNOWN_CODE = _code("SLK092", "ignore/unknown-code", _WARNING, "An ignore comment names a code that does not exist.")
LEFT_OUT = _code("SLK093", "ignore/left-out", _WARNING, "An ignored error keeps an SLO or a service from being compiled.")

# 1xx: the shape of a document
UNKNOWN_VERSION = _code("SLK101", "shape/unknown-version", _ERROR, "The apiVersion is none that this slokit reads.")
MISSING_KEY = _code("SLK102", "shape/missing-key", _ERROR, "A required key is absent.")
UNKNOWN_KEY = _code("SLK103", "shape/unknown-key", _ERROR, "A key is none that slokit knows here.")
WRONG_TYPE = _code("SLK104", "shape/wrong-type", _ERROR, "A value has another shape than the one wanted here.")
PARAMETER = _code("SLK106", "template/parameter", _ERROR, "A `${` is no parameter of the template that it stands in.")
PARAMETER_VALUE = _code("SLK107", "template/value", _ERROR, "A parameter has no value, or a value has no parameter.")
NO_TEMPLATE = _code("SLK108", "template/no-template", _ERROR, "A path in `use` leads to no template.")
UNKNOWN_SLO = _code("SLK109", "template/unknown-slo", _ERROR, "An SLO to be overridden or disabled is none of the template's.")
UNUSED_TEMPLATE = _code("SLK110", "template/unused", _WARNING, "A template, a parameter or a value of an environment is not used.")
TOO_OLD = _code("SLK111", "bundle/too-old", _ERROR, "The bundle requires a newer slokit than this one.")

# 2xx: what an SLO means
OBJECTIVE_RANGE = _code("SLK201", "slo/objective-range", _ERROR, "An objective is not above 0 % and below 100 %, or an allowance is zero.")
DUPLICATE_SLO = _code("SLK202", "slo/duplicate-slo", _ERROR, "Two SLOs of a service have the same name.")
WINDOW_RANGE = _code("SLK203", "slo/window-range", _ERROR, "An SLO window is shorter than an hour, longer than a year or no whole number of slots.")
DUPLICATE_SERVICE = _code("SLK204", "slo/duplicate-service", _ERROR, "Two documents describe the same service.")
BAD_NAME = _code("SLK205", "slo/bad-name", _ERROR, "A name is not made of lower-case letters, digits and dashes.")
BAD_UNIT = _code("SLK206", "slo/bad-unit", _ERROR, "A limit's unit does not go with its metric, or a unit is unknown.")
BAD_LABEL = _code("SLK207", "slo/bad-label", _ERROR, "A label is illegal, reserved or given twice.")
ONE_TYPE = _code("SLK208", "sli/one-type", _ERROR, "An SLI has no type, or more than one.")
SIDES = _code("SLK209", "sli/sides", _ERROR, "The sides of an SLI are not the ones that it can be computed from.")
LIMITS = _code("SLK210", "sli/limits", _ERROR, "A limit is missing, or the limits leave nothing between them.")
BAD_VALUE = _code("SLK211", "slo/bad-value", _ERROR, "A duration, percentage, rate, number or choice cannot be read.")
UNSAFE_URL = _code("SLK212", "slo/unsafe-url", _ERROR, "A URL is not a plain http or https address.")
UNNAMED_BUNDLE = _code("SLK213", "bundle/unnamed", _NOTE, "The bundle has no name of its own.")
BAD_TIMING = _code("SLK214", "bundle/timing", _ERROR, "Interval, scrape interval and ledger window do not fit together.")
BARE_NUMBER = _code("SLK215", "slo/bare-number", _WARNING, "A bare number is taken in the metric's own unit, where it is hardly meant.")
FORMERLY = _code("SLK217", "slo/formerly", _ERROR, "An SLO goes on with the history of a name that another SLO has, or goes on with too.")
EXPORTER_AS_MEMBER = _code("SLK216", "sli/exporter-as-member", _WARNING, "Members are named by the exporter, not by the things that it is about.")
NO_EPOCH = _code("SLK218", "sli/no-epoch", _ERROR, "A time or a counter stands where an epoch is meant.")
PATTERN_AS_TEXT = _code("SLK219", "slo/pattern-as-text", _WARNING, "A value that looks like a pattern is compared as it is.")
COMPOSITE = _code("SLK227", "sli/composite", _ERROR, "A composite cannot be made of its members.")

# 3xx: PromQL
PROMQL_SYNTAX = _code("SLK301", "promql/syntax", _ERROR, "An expression is not PromQL.")
MISSING_WINDOW = _code("SLK302", "promql/missing-window", _ERROR, "A PromQL side of counters does not use $window.")
LOST_LABEL = _code("SLK303", "promql/lost-label", _ERROR, "An expression drops a label that the SLO is grouped by.")
RATED_TWICE = _code("SLK304", "promql/rated-twice", _ERROR, "A recorded rate stands where a counter is meant.")
NOT_A_VECTOR = _code("SLK305", "promql/not-a-vector", _ERROR, "An expression gives a number, a text or a range instead of a vector.")
MEMBER_LOST = _code("SLK306", "promql/member-lost", _ERROR, "An expression drops the label that distinguishes the members.")
NOT_A_SELECTOR = _code("SLK307", "promql/not-a-selector", _ERROR, "PromQL stands where only a selector makes sense.")
MATCH_UNUSED = _code("SLK308", "promql/match-unused", _ERROR, "Matchers cannot reach an expression that does not use $selector.")
NEWER_PROMQL = _code("SLK309", "promql/newer-than-2.42", _WARNING, "An expression uses what Prometheus 2.42 does not have.")
FILLER_LEFT_OUT = _code("SLK310", "promql/filler-left-out", _NOTE, "A zero that stands for missing series is left out of what is compiled.")
NEVER_ABSENT = _code("SLK311", "promql/never-absent", _ERROR, "An expression has a sample even when all that it measures is gone.")
NOT_PER_SECOND = _code("SLK312", "promql/not-per-second", _ERROR, "A PromQL side of counters does not give events per second.")
NAME_PATTERN = _code("SLK313", "promql/name-pattern", _ERROR, "A pattern on the metric's name stands where names are dropped.")
SELECTOR_UNUSED = _code("SLK314", "promql/selector-unused", _WARNING, "An expression neither uses $selector nor has matchers of its own.")

# 4xx: alerts
UNREACHABLE_BURN = _code("SLK401", "alert/unreachable-burn", _WARNING, "A burn alert can never fire at this objective.")
LONG_FOR_WINDOW = _code("SLK402", "alert/long-for-window", _NOTE, "A burn alert is left out because it would spend more than half of the window's budget.")
NOTHING_LEFT = _code("SLK403", "alert/nothing-left", _ERROR, "No burn alert of the policy can ever fire for this SLO.")
UNKNOWN_POLICY = _code("SLK404", "alert/unknown-policy", _ERROR, "The alert policy does not exist.")
ALERT_NAME = _code("SLK405", "alert/bad-name", _ERROR, "An alert may not have this name.")
BAD_POLICY = _code("SLK406", "alert/bad-policy", _ERROR, "An alert policy contradicts itself, or asks for what no rule can do.")
LITERAL_SECRET = _code("SLK410", "alert/literal-secret", _ERROR, "A secret stands where the name of a file with it is wanted.")
UNKNOWN_OWNER = _code("SLK411", "alert/unknown-owner", _WARNING, "A route is for an owner or a service that the bundle does not have.")
CAUSE_WITHOUT_END = _code("SLK420", "cause/without-end", _ERROR, "A cause alert fires for ever, or whenever its series exist.")
DUPLICATE_CAUSE = _code("SLK421", "cause/duplicate", _ERROR, "Two cause alerts of a service have the same name.")

# 5xx: maintenance
MAINTENANCE_TIME = _code("SLK501", "maintenance/time", _ERROR, "A maintenance does not say when it is, or not in a way that can be read.")
MAINTENANCE_IDLE = _code("SLK502", "maintenance/matches-nothing", _WARNING, "A maintenance is for a service or a label that no SLO has.")

# 6xx: what a live server says
NO_METRIC = _code("SLK601", "live/no-metric", _ERROR, "The server has no metric of this name, and had none within 30 days.")
NO_SERIES = _code("SLK602", "live/no-series", _ERROR, "The metric exists, but no series matched the selector within 30 days.")
SERIES_GONE = _code("SLK603", "live/series-gone", _WARNING, "The selector matched series within 30 days, but matches none now.")
EMPTY_EXPRESSION = _code("SLK604", "live/empty-expression", _ERROR, "The metrics of an expression exist, but the expression gives nothing.")
REJECTED = _code("SLK605", "live/rejected", _ERROR, "The server rejects an expression of an SLO.")
NO_GROUP_LABEL = _code("SLK606", "live/no-group-label", _ERROR, "Series lack a label that the SLO is grouped or joined by.")
JOIN_LOST = _code("SLK607", "live/join-lost", _WARNING, "The join drops series, because the info metric has no partner for them.")
JOIN_AMBIGUOUS = _code("SLK608", "live/join-ambiguous", _ERROR, "The info metric of a join has two values for the same series.")
NO_BUCKET = _code("SLK609", "live/no-bucket", _ERROR, "The latency limit is not the bound of a bucket.")
NOT_NATIVE = _code("SLK610", "live/not-native", _ERROR, "The metric is said to be a native histogram, but is not one.")
GROUPS_DIFFER = _code("SLK611", "live/groups-differ", _WARNING, "The two sides of an SLI do not have the same groups.")
NEVER_BAD = _code("SLK612", "live/never-bad", _WARNING, "The selector of bad events matched nothing within 30 days.")
MANY_GROUPS = _code("SLK613", "live/many-groups", _WARNING, "The SLO has more groups than rules and dashboards bear well.")
SLOW_SCRAPE = _code("SLK614", "live/scrape-interval", _WARNING, "The metric is scraped too seldom for the ledger window.")
RETENTION = _code("SLK615", "live/retention", _WARNING, "The server drops data before the SLO window is over.")
NOT_A_COUNTER = _code("SLK616", "live/not-a-counter", _WARNING, "A gauge stands where a counter is meant.")
COUNTER_AS_LEVEL = _code("SLK617", "live/counter-as-level", _WARNING, "A counter stands where a gauge is meant.")
SILENT_MEMBERS = _code("SLK618", "live/silent-members", _WARNING, "Members are expected that have no sample.")
RULES_MISSING = _code("SLK619", "live/rules-missing", _WARNING, "The compiled rules are not loaded on the server.")
RULE_FAILING = _code("SLK620", "live/rule-failing", _ERROR, "A loaded rule of slokit fails.")
UNANSWERED = _code("SLK621", "live/unanswered", _NOTE, "The server did not answer a question.")
NO_RATIO = _code("SLK622", "live/no-ratio", _WARNING, "A given ratio is not between 0 and 1.")
ONLY_WHILE_BAD = _code("SLK623", "live/only-while-bad", _WARNING, "A gauge has samples only while it is beyond its limit.")
LATE_SAMPLES = _code("SLK624", "live/late-samples", _WARNING, "Samples come so late that nothing is there when the rules are evaluated.")
COUNTED_TWICE = _code("SLK625", "live/counted-twice", _WARNING, "Several observers export the same series, and each of them counts.")
UNSEEN_BIRTHS = _code("SLK626", "live/unseen-births", _WARNING, "Many bad events are the first of their series, which is not counted from zero.")
NOT_A_NUMBER = _code("SLK627", "live/not-a-number", _WARNING, "Series are NaN, and are left out.")
COSTLY_COUNTING = _code("SLK628", "live/costly-counting", _NOTE, "Exact counting costs the server much; counting by rate costs less.")
OTHER_SERVER = _code("SLK629", "live/other-server", _NOTE, "The server is another program than Prometheus.")
IMPOSSIBLE_VALUE = _code("SLK630", "live/impossible-value", _ERROR, "A part of an SLI counts more events than the whole.")
SAME_SIDES = _code("SLK631", "live/same-sides", _ERROR, "Both sides of an SLI count the same events.")
FAR_BELOW = _code("SLK632", "live/far-below-objective", _WARNING, "An SLI is so far below its objective that it would page at once.")
ADDED_BUCKETS = _code("SLK633", "live/added-buckets", _ERROR, "The buckets of a histogram are added up, so that each event counts several times.")
EPOCH_IS_TIME = _code("SLK634", "live/epoch-is-a-time", _ERROR, "An epoch is a time: each second of a step would count as an event.")
NEWER_SERVER = _code("SLK636", "live/newer-server", _WARNING, "The server reads names that slokit.yaml does not open.")
INFO_GONE = _code("SLK638", "live/info-gone", _WARNING, "The info metric of a join is gone when the metric is there that it is joined to.")
OTHER_RULES = _code("SLK640", "live/other-rules", _WARNING, "The server runs other rules than the specs compile to.")
ORPHANED_RULES = _code("SLK641", "live/orphaned-rules", _WARNING, "Rules of SLOs that no spec has run on.")
RULES_TWICE = _code("SLK642", "live/rules-twice", _ERROR, "The same rules are loaded from several files, so that their samples count several times.")
TWO_REPOSITORIES = _code("SLK643", "live/two-repositories", _ERROR, "Several files write SLOs of one name, and differ: two repositories have one bundle name.")
RULES_ELSEWHERE = _code("SLK644", "live/rules-elsewhere", _NOTE, "The rules run elsewhere, so that they cannot be compared.")
COSTLY_FAILURE = _code("SLK645", "live/costly-failure", _NOTE, "There is so little traffic that one failure spends much of the budget.")
NO_SUCH_GROUP = _code("SLK646", "live/no-such-group", _WARNING, "A maintenance or a route of Alertmanager is for groups of which none is there.")
OTHER_VALUE = _code("SLK647", "live/other-value", _ERROR, "The value of a gauge is not what its limit is about.")
NO_MEMBER_LABEL = _code("SLK648", "live/no-member-label", _ERROR, "No series has a label that names its members.")
# fmt: on

CODES: tuple[Code, ...] = tuple(_registered)


def by_name(name: str) -> Code | None:
    """The code with this number (`SLK103`) or slug (`shape/unknown-key`), if there is one."""
    return next((code for code in CODES if name in (code.number, code.slug)), None)
