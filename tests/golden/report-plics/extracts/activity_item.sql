SELECT 'RXX' AS organisation, feed, id AS item_id, event AS event_id, code, begins AS start, minutes, amount,
    scheme AS unbundled_activity_currency_scheme_in_use, currency AS unbundled_currency_code,
    systems AS number_of_organ_systems_supported_code, "function" AS critical_care_unit_function
FROM read_csv('data/items.csv')
