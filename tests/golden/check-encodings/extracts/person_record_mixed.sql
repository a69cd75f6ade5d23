SELECT 'RLY' AS organisation, 'HO' AS source, * FROM read_csv('data/mixed.csv')
