SELECT body AS organisation, 'people' AS source, id AS local_id, nhs AS nhs_number, first AS given_name, last AS family_name,
       born AS birth_date, sex, street AS address, code AS postcode
FROM read_csv('data/people.csv')
