SELECT 'RLY' AS organisation, * FROM read_csv(['data/good.csv', 'data/empty.csv'])
