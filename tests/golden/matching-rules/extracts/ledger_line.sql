SELECT 'HOSP' AS organisation, cost_centre, account, amount FROM read_csv('ledger.csv')
