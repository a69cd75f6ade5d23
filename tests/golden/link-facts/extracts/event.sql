SELECT * FROM read_csv('data/events.csv')
