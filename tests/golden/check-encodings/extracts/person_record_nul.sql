SELECT 'RLY' AS organisation, 'SC' AS source, * FROM read_csv('data/nul.csv')
