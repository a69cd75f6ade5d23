SELECT organisation, cost_centre, account, amount, description FROM read_csv('ledger.csv')
