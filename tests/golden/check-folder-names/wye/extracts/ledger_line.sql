SELECT 'HOMES' AS organisation, no AS cost_centre, 'X' AS account, amount FROM read_json('data/costs [all].json')
