/** The password of each of `foreignHashes`. */
export const foreignPassword = 'Korrekt pferd \ufb01 \u{1f511}';

/** A hash of each kind that is known: Django's were made by Django 5.2, the last by better-auth 1. */
export const foreignHashes = {
  pbkdf2_sha256: 'pbkdf2_sha256$1000000$QuELEcO1fBvB3Yf3l9D4mE$bopl3gzs1dqOeVyfhWY1pIKTtgWIC0I4MpgKiNBKAfY=',
  pbkdf2_sha1: 'pbkdf2_sha1$1000000$zyaXOtR8f3IyrB2KT66hDx$NaMmaHkUFibvbfBawO91OHAR97o=',
  scrypt:
    'scrypt$16384$RLCbC8sm3v0G6ISu24eFJr$8$5$RWNzstpza2eBxKgOkGHDGlXNZRegs0nwwAKZPmXuzXRe1CXLbE3P434cFb6WFGFPneYyozO0Xr+4DuGSq9tpoQ==',
  bcrypt_sha256: 'bcrypt_sha256$$2b$12$uUEGOYO5/6qBIGbBx0p9J.P3jIDg/D3r7GNgdxPHvMBWnArNJdj6C',
  'bcrypt of Django': 'bcrypt$$2b$12$03AKzArS4T025N7UHxdaBessd1/4brliOuVXrW.2L8yeZV6Uybynu',
  'argon2 of Django':
    'argon2$argon2id$v=19$m=102400,t=2,p=8$UUN4SkNwT0EzTE52R0VEVGhITWthZA$ziXEyAeYdONmrtnDxkxUBiAiUZNY6wpeRrL/sPOvZeo',
  argon2: '$argon2id$v=19$m=102400,t=2,p=8$UUN4SkNwT0EzTE52R0VEVGhITWthZA$ziXEyAeYdONmrtnDxkxUBiAiUZNY6wpeRrL/sPOvZeo',
  bcrypt: '$2b$12$03AKzArS4T025N7UHxdaBessd1/4brliOuVXrW.2L8yeZV6Uybynu',
  'bcrypt of PHP': '$2y$12$03AKzArS4T025N7UHxdaBessd1/4brliOuVXrW.2L8yeZV6Uybynu',
  'better-auth':
    'f35667d46cdfab6fcb7c3e73fc080f62:7c6cb2bc8026e0bde58dfbdc96ad754d8b7ae05ff9e9838db491bb37fca49f05e99e8b6029a1983ca60653db58f98e92bff24ee601a85eb36a45816fbef7f8b8',
};
