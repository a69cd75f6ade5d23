SELECT 'RLY' AS organisation, * FROM read_csv('data/packed.csv')
