SELECT 'RLY' AS organisation, cc AS cost_centre, 'ALL' AS account, sum(amount) AS amount FROM read_csv('data/ledger.csv') GROUP BY cc
