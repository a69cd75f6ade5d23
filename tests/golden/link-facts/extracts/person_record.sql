SELECT * FROM read_csv('data/people.csv')
