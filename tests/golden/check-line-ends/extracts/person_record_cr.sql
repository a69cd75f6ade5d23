SELECT 'RLY' AS organisation, 'GP' AS source, * FROM read_csv('data/cr.csv')
