SELECT * FROM read_csv('data/ledger.csv')
