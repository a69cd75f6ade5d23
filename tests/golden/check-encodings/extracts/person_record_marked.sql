SELECT 'RLY' AS organisation, 'GP' AS source, * FROM read_csv('data/marked.csv')
