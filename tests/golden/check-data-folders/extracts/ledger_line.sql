SELECT 'RLY' AS organisation, * FROM read_csv('ledger.csv')
