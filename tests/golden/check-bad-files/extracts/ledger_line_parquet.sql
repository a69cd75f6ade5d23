SELECT 'RLY' AS organisation, * FROM 'data/broken.parquet'
