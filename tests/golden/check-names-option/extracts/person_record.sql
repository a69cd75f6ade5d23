SELECT 'RLY' AS organisation, 'PAS' AS source, 'P' || id AS local_id, given AS given_name, born AS birth_date, extra
FROM read_csv('data/people.csv', delim='|', header=false, names=['id', 'given', 'born', 'extra'])
