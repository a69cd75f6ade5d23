SELECT 'RLY' AS organisation, * FROM read_csv('data/gzip.csv')
