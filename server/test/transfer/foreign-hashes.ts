/** The password of each of these hashes. */
export const foreignPassword = 'Korrekt pferd \ufb01 \u{1f511}';

/** A hash of each algorithm at the cost that is usual where it comes from: by Django 5.2, the last by better-auth 1. */
export const usualHashes = {
  pbkdf2_sha256: 'pbkdf2_sha256$1000000$QuELEcO1fBvB3Yf3l9D4mE$bopl3gzs1dqOeVyfhWY1pIKTtgWIC0I4MpgKiNBKAfY=',
  pbkdf2_sha1: 'pbkdf2_sha1$1000000$zyaXOtR8f3IyrB2KT66hDx$NaMmaHkUFibvbfBawO91OHAR97o=',
  scrypt:
    'scrypt$16384$RLCbC8sm3v0G6ISu24eFJr$8$5$RWNzstpza2eBxKgOkGHDGlXNZRegs0nwwAKZPmXuzXRe1CXLbE3P434cFb6WFGFPneYyozO0Xr+4DuGSq9tpoQ==',
  bcrypt_sha256: 'bcrypt_sha256$$2b$12$uUEGOYO5/6qBIGbBx0p9J.P3jIDg/D3r7GNgdxPHvMBWnArNJdj6C',
  bcrypt: '$2b$12$03AKzArS4T025N7UHxdaBessd1/4brliOuVXrW.2L8yeZV6Uybynu',
  argon2: '$argon2id$v=19$m=102400,t=2,p=8$UUN4SkNwT0EzTE52R0VEVGhITWthZA$ziXEyAeYdONmrtnDxkxUBiAiUZNY6wpeRrL/sPOvZeo',
  'better-auth':
    'f35667d46cdfab6fcb7c3e73fc080f62:7c6cb2bc8026e0bde58dfbdc96ad754d8b7ae05ff9e9838db491bb37fca49f05e99e8b6029a1983ca60653db58f98e92bff24ee601a85eb36a45816fbef7f8b8',
};

/** A hash of each kind that is known, by Django 5.2 told to take little time; better-auth's has one cost. */
export const foreignHashes = {
  pbkdf2_sha256: 'pbkdf2_sha256$1000$iPQYLVqLyq4yNl2I6SsV8b$miXRSbu7PM2Mp0gJ6WjRDhUv/dGaTnEE3zU7o3o+51Y=',
  pbkdf2_sha1: 'pbkdf2_sha1$1000$opEfXmFiecXuur35qdRZtR$nsdACjeMaid8YD3ziHaAsQB3WtI=',
  scrypt:
    'scrypt$16$gahcLY3FXy2y2DxyyPvGX8$8$5$V37eW67mDcWKOeDl4f7ywt+JiN20SwBjrWMWB3z7CiSYsLWCfAH5IdCs4fpdLxol5rJzlDX7pDGk1pWNDqMZRg==',
  bcrypt_sha256: 'bcrypt_sha256$$2b$04$hHt7lzSfCa6A05YgNx43j.Iuc3YwURuyJh5gkgk8mqAjRCrjHKbfq',
  'bcrypt of Django': 'bcrypt$$2b$04$R5rDamSRCrpWDlO2o0NJx.cb6kRdWwA/oIxDJQba5XNmKDxtD1I5q',
  'argon2 of Django':
    'argon2$argon2id$v=19$m=64,t=1,p=1$V1d4QnhVUDE1M3JZQ2pQNXFvaEJFRw$eUsel9K6PUp7a3rsMtrrI4jxJXtvn1Ur5Y20e/ZwQjc',
  argon2: '$argon2id$v=19$m=64,t=1,p=1$V1d4QnhVUDE1M3JZQ2pQNXFvaEJFRw$eUsel9K6PUp7a3rsMtrrI4jxJXtvn1Ur5Y20e/ZwQjc',
  bcrypt: '$2b$04$R5rDamSRCrpWDlO2o0NJx.cb6kRdWwA/oIxDJQba5XNmKDxtD1I5q',
  'bcrypt of PHP': '$2y$04$R5rDamSRCrpWDlO2o0NJx.cb6kRdWwA/oIxDJQba5XNmKDxtD1I5q',
  'better-auth': usualHashes['better-auth'],
};
