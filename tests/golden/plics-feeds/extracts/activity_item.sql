SELECT 'RXX' AS organisation, feed, id AS item_id, event AS event_id, code, begins AS start, minutes, amount,
    unit AS critical_care_unit_function, status AS critical_care_period_completion_status,
    systems AS number_of_organ_systems_supported_code, scheme AS unbundled_activity_currency_scheme_in_use,
    currency AS unbundled_currency_code
FROM read_csv('data/items.csv')
