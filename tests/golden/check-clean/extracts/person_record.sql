SELECT 'RLY' AS organisation, 'PAS' AS source, * FROM read_csv('data/people.csv')
