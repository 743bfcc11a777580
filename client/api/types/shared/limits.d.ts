/** Every number of the contract that both sides need. Lengths are code points unless the name says otherwise. */
export declare const limits: {
    readonly usernameMin: 3;
    readonly usernameMax: 32;
    readonly emailMax: 254;
    readonly nameMax: 60;
    readonly passwordMin: 8;
    readonly passwordMax: 128;
    /** A text field longer than this is refused before anything is normalised or hashed. */
    readonly textMaxCodeUnits: 1024;
    readonly otpDigits: 6;
    readonly otpTries: 5;
    readonly otpSends: 4;
    readonly otpResendWaitSeconds: 30;
    readonly pageSize: 20;
    readonly pageSizeMax: 100;
    readonly batchSize: 10;
    readonly bodyBytes: number;
};