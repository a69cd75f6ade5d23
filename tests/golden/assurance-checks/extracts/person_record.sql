SELECT 'CLINIC' AS organisation, 'desk' AS source, id AS local_id,
       first AS given_name, last AS family_name, born AS birth_date
FROM read_csv('data/people.csv')
