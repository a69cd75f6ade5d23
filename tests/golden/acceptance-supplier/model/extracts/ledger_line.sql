SELECT 'RLY' AS organisation, cc AS cost_centre, acct AS account, amount FROM read_csv('data/ledger.csv')
