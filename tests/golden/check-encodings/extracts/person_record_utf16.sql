SELECT 'RLY' AS organisation, 'MH' AS source, * FROM read_csv('data/utf16.csv')
