SELECT 'COUNCIL' AS organisation, 'Care' AS source, ref AS local_id, name1 AS given_name, name2 AS family_name, born AS birth_date, postcode FROM read_csv('data/council.csv', delim=';')
