"""Splink on one of the real files, with the comparisons and blocking rules that its documentation
chooses for that file: linkage_splink.py SET FILE THRESHOLD prints one JSON object. Every true pair
counts, whether a rule blocked it or not.
"""
import contextlib
import json
import sys
from collections import Counter

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

SETS = {
    "historical_50k": {
        "select": "*, first_name || ' ' || surname AS whole_name, cluster AS truth",
        "comparisons": [
            cl.ForenameSurnameComparison(
                "first_name", "surname", forename_surname_concat_col_name="whole_name"
            ),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.PostcodeComparison("postcode_fake"),
            cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ],
        "rules": [
            block_on("substr(first_name,1,3)", "substr(surname,1,4)"),
            block_on("surname", "dob"),
            block_on("first_name", "dob"),
            block_on("postcode_fake", "first_name"),
            block_on("postcode_fake", "surname"),
            block_on("dob", "birth_place"),
            block_on("substr(postcode_fake,1,3)", "dob"),
            block_on("substr(postcode_fake,1,3)", "first_name"),
            block_on("substr(postcode_fake,1,3)", "surname"),
            block_on("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
        ],
        "deterministic": [block_on("first_name", "surname", "dob")],
        "recall": 0.6,
        "sessions": [block_on("first_name", "surname"), block_on("dob")],
    },
    "fake_1000": {
        "select": "*, cluster AS truth",
        "comparisons": [
            cl.NameComparison("first_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ],
        "rules": [
            block_on("substr(first_name,1,1)", "surname"),
            block_on("surname", "dob"),
            block_on("first_name", "dob"),
            block_on("email"),
            block_on("city", "first_name"),
        ],
        "deterministic": [
            block_on("first_name", "dob"),
            "l.first_name = r.first_name AND levenshtein(r.surname, l.surname) <= 2",
            block_on("email"),
        ],
        "recall": 0.7,
        "sessions": [block_on("first_name", "surname"), block_on("dob")],
    },
    "febrl3": {
        "select": "trim(rec_id) AS unique_id, regexp_extract(rec_id, '[0-9]+') AS truth, "
        "nullif(trim(given_name), '') AS given_name, nullif(trim(surname), '') AS surname, "
        "nullif(trim(street_number), '') AS street_number, "
        "nullif(trim(address_1), '') AS address_1, nullif(trim(suburb), '') AS suburb, "
        "nullif(trim(postcode), '') AS postcode, nullif(trim(soc_sec_id), '') AS soc_sec_id, "
        "nullif(trim(date_of_birth), '') AS date_of_birth",
        "comparisons": [
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.LevenshteinAtThresholds("date_of_birth", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
        ],
        "rules": [
            block_on("soc_sec_id"),
            block_on("given_name", "surname"),
            block_on("given_name", "date_of_birth"),
            block_on("surname", "date_of_birth"),
            block_on("date_of_birth", "suburb"),
            block_on("given_name", "postcode"),
            block_on("surname", "postcode"),
            block_on("street_number", "postcode"),
        ],
        "deterministic": [
            block_on("soc_sec_id"),
            block_on("given_name", "surname", "date_of_birth"),
        ],
        "recall": 0.9,
        "sessions": [block_on("date_of_birth"), block_on("soc_sec_id")],
    },
}


def pairs(counts):
    return sum(n * (n - 1) / 2 for n in counts.values())


def measure(placements):
    """Pairwise and B-cubed figures of (person, truth) pairs."""
    cells = Counter(placements)
    people = Counter(person for person, _ in placements)
    truths = Counter(truth for _, truth in placements)
    made, true, right = pairs(people), pairs(truths), pairs(cells)
    precision = right / made if made else 1.0
    recall = right / true if true else 1.0
    b3_precision = sum(n * n / people[p] for (p, _), n in cells.items()) / len(placements)
    b3_recall = sum(n * n / truths[t] for (_, t), n in cells.items()) / len(placements)
    return {
        "people": len(people),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall),
        "b3_f1": 2 * b3_precision * b3_recall / (b3_precision + b3_recall),
    }


def main():
    name, path, threshold = sys.argv[1], sys.argv[2], float(sys.argv[3])
    chosen = SETS[name]
    connection = duckdb.connect()
    raw = connection.read_csv(path, header=True, all_varchar=True)
    raw = raw.project(", ".join(f'"{c}" AS "{c.strip()}"' for c in raw.columns))
    table = raw.project(chosen["select"]).to_arrow_table()
    api = DuckDBAPI(connection)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=chosen["comparisons"],
        blocking_rules_to_generate_predictions=chosen["rules"],
    )
    linker = Linker(api.register(table), settings, log_level=None)
    training = linker.training
    training.estimate_probability_two_random_records_match(
        chosen["deterministic"], recall=chosen["recall"]
    )
    training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for session in chosen["sessions"]:
        training.estimate_parameters_using_expectation_maximisation(session)
    predicted = linker.inference.predict(threshold_match_probability=threshold)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_probability=threshold
    )
    truth = dict(zip(table["unique_id"].to_pylist(), table["truth"].to_pylist()))
    placements = [(r["cluster_id"], truth[r["unique_id"]]) for r in clusters.as_record_list()]
    return measure(placements)


with contextlib.redirect_stdout(sys.stderr):
    figures = main()
print(json.dumps(figures))
