SELECT 'RXX' AS organisation, 'pas' AS source, id AS local_id, nhs AS nhs_number, first AS given_name,
    last AS family_name, born AS birth_date, sex, postcode
FROM read_csv('data/people.csv')
