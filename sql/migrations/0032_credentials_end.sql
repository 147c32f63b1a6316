-- Whoever is let in anew after the last role had ended gets a new link: the old password and factor go,
-- because a lost link may have given them to somebody else. An empty row would look like a way in.
GRANT DELETE ON notary.credential TO hall_app;
