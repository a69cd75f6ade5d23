SELECT 'RXX' AS organisation, centre AS cost_centre, account, amount FROM read_csv('data/ledger.csv')
