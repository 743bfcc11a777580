/** A mail the built-in mailbox caught. `to` names the envelope's recipients, `receivedAt` is ISO 8601. */
export interface CaughtMail {
  id: string;
  receivedAt: string;
  from: string;
  to: string;
  subject: string;
  text: string;
  html: string;
}
