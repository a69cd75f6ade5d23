// The description of /api/v1 (OpenAPI 3.1), served as /api/v1/openapi.json. tests/api/api.mjs calls every
// operation and holds each answer against its schema; an object takes no key that is not named here.

// Schemas: all keys that have no "?" behind them are there.
const object = (keys) => ({
    type: "object",
    properties: Object.fromEntries(Object.entries(keys).map(([key, schema]) => [key.replace("?", ""), schema])),
    required: Object.keys(keys).filter((key) => !key.endsWith("?")),
    additionalProperties: false,
});
const list = (items) => ({ type: "array", items });
const map = (values) => ({ type: "object", additionalProperties: values });
const orNull = (schema) => ({ ...schema, type: [schema.type, "null"] });
const described = (schema, description) => ({ ...schema, description });
const one = (...values) => ({ type: "string", enum: values });
const ref = (name) => ({ $ref: `#/components/schemas/${name}` });

const text = { type: "string" };
const flag = { type: "boolean" };
const count = { type: "integer", minimum: 0 };
const number = { type: "number" };
const day = { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}$" };
const dayOrBlank = described({ type: "string", pattern: "^(\\d{4}-\\d{2}-\\d{2})?$" }, "A day, or blank");
const minute = described({ type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}$" }, "Wall-clock time of the United Kingdom");
const instant = described({ type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$" }, "UTC");
const money = described({ type: "string", pattern: "^-?\\d+\\.\\d{2,6}$" }, "Pounds, exact");
const quantity = described({ type: "string", pattern: "^-?\\d+(\\.\\d{1,6})?$" }, "Exact decimal");
const run = described({ type: "string", pattern: "^[0-9a-f]{16}$" }, "Names the run that the answer is of");
const next = described({ type: ["string", "null"] }, "Send it as `cursor` for what follows; null: nothing does");

const categories = ["demographics", "acute", "gp", "community", "mental_health", "social_care", "housing", "plan", "document", "cost"];
const purposes = ["care", "planning", "research", "finance", "administration", "audit", "own"];
const roles = ["clinician", "social_worker", "care_coordinator", "housing_officer", "council_officer", "gp_reception", "cost_analyst", "finance_lead",
    "index_officer", "privacy_officer", "administrator", "citizen", "service"];
const sensitivities = ["sexual_health", "substance_misuse", "hiv", "domestic_abuse", "child_protection", "termination", "fertility", "gender"];
const relationships = ["registration", "referral", "caseload", "team", "tenancy"];

const body = object({ code: text, name: text });
const value = object({ value: text, words: described(text, "As pages show it"), body, source: text, records: described(count, "Records that hold it") });
const owner = { ...object({ organisation: text, team: text, person: text }), type: ["object", "null"] };
const texts = list(object({ text }));
const plan = object({
    title: text, needs: texts, goals: texts,
    actions: list(object({ text, owner, due: dayOrBlank, status: one("planned", "under_way", "done", "stopped") })),
    reviews: list(object({ on: dayOrBlank, by: text, text })), next_review: dayOrBlank,
});
const alert = object({ text, kind: text, from: dayOrBlank, until: dayOrBlank, owner });
const item = (kind, inner) => object({
    kind: { const: kind }, item_id: text, owner: body, version: { type: "integer", minimum: 1 }, version_count: count, made: instant, actor: text,
    actor_body: body, why: text, is_ended: flag, may_edit: flag, body: inner,
});
const document = object({ title: text, kind: text, date: dayOrBlank, media_type: text, hash: text, byte_count: count });
const moment = object({
    body, category: one(...categories), category_label: text, source: text, event_id: text, dataset: text, setting: text, code: text, description: text,
    specialty: text, commissioner: text, start: orNull(minute), start_words: text, end: orNull(minute), end_words: text, goes_on: flag,
    events: described(count, "More than 1: visits of one kind as one line"), "is_folded?": flag,
    "delay?": object({ ready: orNull(minute), ready_words: text, days: count, reason: text, responsible: text }), "cost?": money,
});
const entry = object({ number: count, at: text, kind: text, actor: text, organisation: text, purpose: text, subject: text, detail: text, is_erased: flag });
const amounts = object({ before: quantity, after: quantity, change: quantity, percent: { type: ["number", "null"] } });

const schemas = {
    Problem: described(object({ type: text, status: { type: "integer" }, title: text, detail: text }), "RFC 9457"),
    Account: object({
        account: text, organisation: text, role: one(...roles), purpose: one(...purposes), purposes: list(one(...purposes)),
        person_id: { type: ["string", "null"] }, is_program: flag,
    }),
    Found: object({
        found: list(object({
            person_id: text, grade: one("certain", "probable", "possible"), probability: { type: "number", minimum: 0, maximum: 1 }, name: text,
            birth: dayOrBlank, sex: text, address: text, postcode: text, nhs_number: text, body: text,
        })),
        total: count, is_exact: flag,
        needs_reason: described(text, "A person whose record a stated reason would open, or blank"), notes: list(text),
    }),
    Person: object({
        person_id: text, was_moved: flag, name: text, birth: dayOrBlank, birth_words: text, death: dayOrBlank, nhs_number: text,
        rule: described(text, "Of the gate, that opened the record"), rule_words: text, is_break_glass: flag,
        is_partial: described(flag, "Some kinds of care are closed to this account; never whether there is any"),
        facts: list(object({ field: text, label: text, best: value, has_others: flag, others: list(value) })),
        holdings: list(object({ body, source: text, local_id: text, events: count, first: orNull(day), last: orNull(day) })),
        carers: list(object({
            kind: one(...relationships), label: text, body, what: text, is_derived: flag, is_current: flag, from: orNull(day), from_words: text,
            until: orNull(day), until_words: text,
        })),
        timeline: object({ total: count, categories: list(object({ category: one(...categories), label: text, events: count })) }),
        plans: list(ref("Plan")), alerts: list(ref("Alert")), documents: list(item("document", document)), may_plan: flag, may_document: flag,
        "costs?": object({ by_body_and_setting: list(object({ body, setting: text, events: count, amount: money })), total: money }),
    }),
    Timeline: object({ person_id: text, events: list(moment), total: count, is_partial: flag, next }),
    Accesses: object({ accesses: list(object({ at: instant, kind: text, organisation: text, purpose: text, detail: text })), total: count, next }),
    Plan: item("plan", plan),
    Alert: item("alert", alert),
    Plans: object({ person_id: text, items: list(ref("Plan")), may_add: flag }),
    Alerts: object({ person_id: text, items: list(ref("Alert")), may_add: flag }),
    Edit: object({
        body: described({ type: "object" }, "Of a plan or an alert, as it is read; lists that are absent are empty"), why: described(text, "Of the change"),
        "is_ended?": flag, "sensitivity?": described(list(one(...sensitivities)), "Sensitive kinds that it tells of; a change adds and takes none away"),
    }),
    Versions: object({ versions: list(object({ version: count, made: instant, actor: text, organisation: text, why: text, is_ended: flag })) }),
    Pairs: object({
        run,
        pairs: list({
            oneOf: [
                object({ number: count, may_see: { const: false } }),
                object({
                    number: count, may_see: { const: true }, kind: one("join", "part"), probability: number, weight: number, evidence: text,
                    a: ref("PairRecord"), b: ref("PairRecord"),
                }),
            ],
        }),
        left: described(count, "Pairs that wait, with these"),
    }),
    PairRecord: object({ record: described(text, "ORGANISATION/SOURCE/local_id"), person_id: text, values: map(text) }),
    Decision: object({ a: text, b: text, verdict: one("same", "different", "unsure"), "why?": text }),
    Decided: object({ decision: count, forbidden_by: described({ type: ["string", "null"] }, "The fact that forbids `same`, for as long as it holds") }),
    Decisions: object({
        decisions: list(object({
            decision: count, verdict: one("same", "different", "unsure", "undo", "undone"), a: text, b: text, change: count, made: instant, who: text,
            why: text, holds: flag,
        })),
        next,
    }),
    Runs: object({ served: { ...object({ run, people: count, records: count, events: count }), type: ["object", "null"] }, runs: list(entry), next }),
    Reconciliation: object({
        run,
        reconciliation: list(object({ organisation: text, name: text, ledger: money, allocated: money, excluded: money, unallocated: money, difference: money })),
        next,
    }),
    Findings: object({
        run,
        findings: list(object({
            stage: text, severity: text, kind: text, file: orNull(text), line: orNull(count), column: orNull(text), problem: text, remedy: orNull(text), rows: count,
        })),
        next,
    }),
    BodyCosts: object({
        run, costs: list(object({ organisation: text, name: text, kind: text, events: count, amount: money, ledger: orNull(money) })), next,
    }),
    KindCosts: object({
        run,
        costs: list(object({
            organisation: text, name: text, kind_of_care: text, events: orNull(count), amount: orNull(money), median: orNull(money),
        })),
        next,
    }),
    WhatIf: object({
        partnership: text, period_first: day, period_last: day,
        scenarios: list(object({
            name: text,
            changes: list(object({ set: text, rows: count, before: quantity, after: quantity, "note?": text })),
            organisations: list(object({ organisation: text, name: text, ledger: amounts, allocated: amounts, excluded: amounts, unallocated: amounts })),
            kinds_of_care: list(object({ kind_of_care: orNull(text), cost: amounts })),
            ages: list(object({ age: orNull(text), cost: amounts })),
            pools: list(object({ organisation: text, pool: text, treatment: one("patient", "support"), own: amounts, total: amounts })),
            activities: list(object({ organisation: text, activity: text, cost: amounts, weight: object({ before: quantity, after: quantity }) })),
            delays: list(object({ partner: text, name: text, nights: amounts, cost: amounts })),
            "released?": object({
                nights: quantity, value: money, note: text,
                activities: list(object({ organisation: text, activity: text, weight: quantity, value: money })),
            }),
            reconciled: { const: true },
        })),
    }),
    Changes: described(list(text), "Lines of the language of docs/what-if.md"),
    Scenario: object({ name: text, changes: ref("Changes") }),
    Scenarios: object({ scenarios: list(ref("Scenario")) }),
    Accounts: object({
        accounts: list(object({ name: text, full_name: text, organisation: text, role: one(...roles), is_disabled: flag, has_password: flag, has_code: flag })),
    }),
    Agreements: object({
        agreements: list(object({
            agreement: count, owner: text, recipient: text, purpose: one(...purposes), categories: list(one(...categories)), from: orNull(day), until: orNull(day),
            reference: text,
        })),
    }),
    Teams: object({ teams: list(object({ organisation: text, name: text, members: count })) }),
    Entries: object({ size: count, entries: list(entry) }),
    FoundEntries: object({ entries: list(entry), next }),
    SignIn: object({ name: text, password: text, "code?": described(text, "One-time code, where the account has one"), "purpose?": one(...purposes) }),
    Session: object({ token: text, token_type: { const: "Bearer" }, idle_seconds: count, seconds: count }),
    Token: object({ account: text, token: text, token_type: { const: "Bearer" } }),
};

// ---- operations ----

const json = (schema) => ({ "application/json": { schema } });
const problems = {
    400: "The request was not understood", 401: "Nobody is signed in", 403: "The role does not include this", 404: "Nothing there, or nothing that you may see",
    410: "The cursor's page has gone", 412: "Somebody else was faster", 415: "The body is no JSON", 422: "The body cannot be taken", 428: "If-Match is missing",
    429: "Too many attempts", 503: "Busy, or no run was made yet",
};
const refused = (...statuses) => Object.fromEntries(statuses.map((status) =>
    [status, { description: problems[status], content: { "application/problem+json": { schema: ref("Problem") } } }]));
const tagged = { ETag: { description: "Of this content; as If-None-Match it gives 304", schema: text } };
const ok = (schema, description = "What was asked for") => ({ 200: { description, headers: tagged, content: json(ref(schema)) } });
const same = { 304: { description: "As the client has it" } };
const made = (schema) => ({ 201: { description: "It was made", headers: tagged, content: json(ref(schema)) } });
const gone = { 204: { description: "Done" } };

const query = (name, schema, description) => ({ name, in: "query", required: false, schema, description });
const path = (name, description) => ({ name, in: "path", required: true, schema: text, description });
const ifNoneMatch = { name: "If-None-Match", in: "header", required: false, schema: text, description: "An ETag" };
const ifMatch = { name: "If-Match", in: "header", required: true, schema: text, description: "The ETag of the version that is changed" };
const pages = [query("limit", { type: "integer", minimum: 1, maximum: 500, default: 50 }, "How many at most"), query("cursor", text, "`next` of the page before")];
const person = path("id", "A person's id");
const itemPath = path("item", "The plan's or alert's id");

const read = (id, summary, schema, { parameters = [], statuses = [], ...more } = {}) => ({
    operationId: id, summary, parameters: [...parameters, ifNoneMatch],
    responses: { ...ok(schema), ...same, ...refused(400, 401, 403, 503, ...statuses) }, ...more,
});
const paged = (id, summary, schema, { parameters = [], statuses = [] } = {}) => read(id, summary, schema, { parameters: [...parameters, ...pages], statuses: [410, ...statuses] });
const send = (id, summary, schema, responses, { parameters = [], statuses = [], ...more } = {}) => ({
    operationId: id, summary, parameters, requestBody: { required: true, content: json(schema) },
    responses: { ...responses, ...refused(400, 401, 403, 415, 422, 503, ...statuses) }, ...more,
});

const items = (word, Word) => ({
    [`/api/v1/people/{id}/${word}s`]: {
        get: read(`list${Word}s`, `A person's ${word}s`, `${Word}s`, { parameters: [person], statuses: [404] }),
        post: send(`add${Word}`, `Put down a new ${word}`, ref("Edit"), made(Word), { parameters: [person], statuses: [404] }),
    },
    [`/api/v1/people/{id}/${word}s/{item}`]: {
        get: read(`get${Word}`, `One ${word}, now or as of a version`, Word,
            { parameters: [person, itemPath, query("version", { type: "integer", minimum: 1 }, "As it was then")], statuses: [404] }),
        put: send(`change${Word}`, `A new version of a ${word}`, ref("Edit"), ok(Word), { parameters: [person, itemPath, ifMatch], statuses: [404, 412, 428] }),
    },
    [`/api/v1/people/{id}/${word}s/{item}/versions`]: {
        get: read(`list${Word}Versions`, `Who changed a ${word}, when and why`, "Versions", { parameters: [person, itemPath], statuses: [404] }),
    },
});

const paths = {
    "/api/v1/openapi.json": {
        get: {
            operationId: "getDescription", summary: "This description", security: [],
            responses: { 200: { description: "OpenAPI 3.1", content: json({ type: "object", required: ["openapi", "paths"] }) } },
        },
    },
    "/api/v1/sessions": {
        post: send("signIn", "Sign in by name and password; gives a token", ref("SignIn"), { 201: { description: "Signed in", content: json(ref("Session")) } },
            { statuses: [429], security: [] }),
    },
    "/api/v1/session": { delete: { operationId: "signOut", summary: "End the session whose token is sent", responses: { ...gone, ...refused(401, 403, 503) } } },
    "/api/v1/account": { get: read("getAccount", "Who asks, and for what purpose", "Account") },
    "/api/v1/people/search": {
        post: send("searchPeople", "Find people; typing errors are forgiven", object({
            "line?": described(text, "Free text: `gwen preece 17/5/1944`; or"), "nhs_number?": text, "given_name?": text, "family_name?": text, "birth_date?": text,
            "sex?": text, "address?": text, "postcode?": described(text, "what is known; or"), "organisation?": text, "source?": text,
            "local_id?": described(text, "a body's own number"), "limit?": { type: "integer", minimum: 1, maximum: 50 },
        }), ok("Found")),
    },
    "/api/v1/people/{id}": { get: read("getPerson", "The joined record", "Person", { parameters: [person], statuses: [404] }) },
    "/api/v1/people/{id}/timeline": {
        get: paged("getTimeline", "Events, the latest first", "Timeline", {
            parameters: [person, query("category", one(...categories), "One kind of care"), query("folded", flag, "Visits of one kind as one line")], statuses: [404],
        }),
    },
    "/api/v1/people/{id}/accesses": {
        get: paged("listAccesses", "Who looked at a record, for the person and the privacy officer", "Accesses", { parameters: [person], statuses: [404] }),
    },
    ...items("plan", "Plan"),
    ...items("alert", "Alert"),
    "/api/v1/review/pairs": {
        get: read("listPairs", "Doubtful pairs of records, the most valuable first", "Pairs", {
            parameters: [query("after", count, "Pass over pairs up to this number"), query("limit", { type: "integer", minimum: 1, maximum: 50, default: 10 }, "How many at most")],
        }),
    },
    "/api/v1/review/decisions": {
        get: paged("listDecisions", "What was decided, the latest first", "Decisions"),
        post: send("decide", "Decide about a pair; holds from the next run on", ref("Decision"), made("Decided"), { statuses: [404] }),
    },
    "/api/v1/review/decisions/{number}/undo": {
        post: send("undoDecision", "Take a decision back", object({ why: text }), made("Decided"), { parameters: [path("number", "The decision's number")], statuses: [404] }),
    },
    "/api/v1/runs": { get: paged("listRuns", "The run that is served, and all runs, the latest first", "Runs") },
    "/api/v1/reconciliation": { get: paged("getReconciliation", "Each body's ledger and where it went", "Reconciliation") },
    "/api/v1/findings": { get: paged("listFindings", "What the last run found wrong with its inputs", "Findings") },
    "/api/v1/costs/bodies": { get: paged("listBodyCosts", "Cost of care by body", "BodyCosts") },
    "/api/v1/costs/kinds": {
        get: paged("listKindCosts", "Cost by body and kind of care, of bodies that share their costs; for planning, small numbers are null", "KindCosts"),
    },
    "/api/v1/what-if": {
        post: send("whatIf", "Costs with some inputs changed", object({ "scenario?": described(text, "Alone: the saved one of that name"), "changes?": ref("Changes") }),
            ok("WhatIf"), { statuses: [404] }),
    },
    "/api/v1/what-if/scenarios": { get: read("listScenarios", "Saved scenarios", "Scenarios") },
    "/api/v1/what-if/scenarios/{name}": {
        put: send("saveScenario", "Save a scenario", object({ changes: ref("Changes") }), ok("Scenario"), { parameters: [path("name", "Letters, digits, - _ and .")] }),
        delete: {
            operationId: "deleteScenario", summary: "Remove a saved scenario", parameters: [path("name", "Its name")],
            responses: { ...gone, ...refused(401, 403, 404, 503) },
        },
    },
    "/api/v1/accounts": { get: read("listAccounts", "Accounts", "Accounts") },
    "/api/v1/accounts/{name}/token": {
        post: {
            operationId: "makeToken", summary: "A new token of a service account; the one before ends", parameters: [path("name", "The account")],
            responses: { 201: { description: "Shown this once", content: json(ref("Token")) }, ...refused(400, 401, 403, 404, 503) },
        },
        delete: {
            operationId: "endToken", summary: "End a service account's token", parameters: [path("name", "The account")],
            responses: { ...gone, ...refused(401, 403, 404, 503) },
        },
    },
    "/api/v1/agreements": { get: read("listAgreements", "Information-sharing agreements", "Agreements") },
    "/api/v1/teams": { get: read("listTeams", "Teams", "Teams") },
    "/api/v1/audit/entries": {
        get: read("listEntries", "The audit log from a number on, oldest first", "Entries", { parameters: [query("from", count, "Number of the first"), pages[0]] }),
    },
    "/api/v1/audit/entries/search": {
        post: send("findEntries", "Entries by who, about whom, of what kind and when, the latest first", object({
            "actor?": described(text, "The account"), "subject?": described(text, "A person's id, an account, a run"), "kind?": described(text, "read, search, export, ..."),
            "from?": described(text, "First day, in UTC"), "until?": described(text, "Last day"),
        }), ok("FoundEntries"), { parameters: pages, statuses: [410] }),
    },
    "/api/v1/audit/checkpoint": {
        get: {
            operationId: "getCheckpoint", summary: "The last signed checkpoint (C2SP tlog-checkpoint); with `since`, what a witness needs",
            parameters: [query("since", count, "Entries that the witness's last checkpoint covers")],
            responses: { 200: { description: "A signed note", content: { "text/plain": { schema: text } } }, ...refused(400, 401, 404, 503) },
        },
    },
};

export default {
    openapi: "3.1.0",
    info: {
        title: "Shire", version: "1",
        description: "The joined record, clerical review, money, and who may see what. Everything personal goes through the gate, and each read is in the audit log "
            + "before its answer leaves. See docs/api.md.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }, { session: [] }],
    paths,
    components: {
        schemas,
        securitySchemes: {
            bearer: { type: "http", scheme: "bearer", description: "A service account's token, or that of a session" },
            session: { type: "apiKey", in: "cookie", name: "shire", description: "Signed in to the pages; requests that change something come from the same site" },
        },
    },
};
