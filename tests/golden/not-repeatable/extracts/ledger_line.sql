SELECT org AS organisation, cc AS cost_centre, acct AS account, "desc" AS description, amount FROM read_csv('data/ledger.csv')
