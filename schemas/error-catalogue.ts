/**
 * Every error code: its HTTP status, what it means and what a person does about it. `docs/errors.md` is generated from here.
 * One list of them, however long: whoever looks for a code finds all of them in one place.
 */

interface ErrorEntry {
  readonly status: number
  readonly meaning: string
  readonly remedy: string
}

export const ERROR_CATALOGUE = {
  ACCOUNT_EXISTS: {
    status: 409,
    meaning: 'There is an account, or somebody of the staff, with this name already.',
    remedy: 'Choose another name.',
  },
  ACCOUNT_NEEDED: {
    status: 409,
    meaning: 'Without this manager or administrator nobody could let anybody in; nothing was changed.',
    remedy: 'Make somebody else a manager or an administrator first.',
  },
  ACCOUNT_UNKNOWN: {
    status: 404,
    meaning: 'There is no such account, nobody of the staff or no program with this id.',
    remedy: 'List those that there are, and name one of them.',
  },
  BACKUP_FAILED: {
    status: 500,
    meaning:
      'A backup could not be made or restored, or did not pass its check; nothing of it was kept, all else is as it was.',
    remedy: 'Do what the message says, then try again; a copy that fails its check again means a failing disk.',
  },
  BACKUP_FOREIGN: {
    status: 409,
    meaning: 'The backup is of another node than the data folder.',
    remedy: 'Choose the backup of this node, or restore into a new folder.',
  },
  BACKUP_INVALID: {
    status: 422,
    meaning: 'The file is no whole backup of an Outpost store.',
    remedy: 'Choose another backup; `outpost backup --check` says what a file holds.',
  },
  BAD_REQUEST: {
    status: 400,
    meaning: 'The request does not have the form that this address expects.',
    remedy: 'Correct the field that the message names.',
  },
  BAD_CONFIGURATION: {
    status: 400,
    meaning: 'A setting, an option or a configuration file is missing or wrong.',
    remedy: 'Correct what the message names; `--help` shows the options.',
  },
  BALANCE_RANGE: {
    status: 422,
    meaning:
      "The document, or the merge, would take a member's balance beyond eight thousand million million points or minor units.",
    remedy: 'Correct the amounts of the documents; nothing else is affected.',
  },
  BALANCE_TOO_LOW: {
    status: 409,
    meaning: "The document spends more than the member's balance and the chain's overdraft allow.",
    remedy: 'Spend less, top the balance up, or let headquarters allow an overdraft.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    meaning: 'The request is larger than the node accepts.',
    remedy: 'Send fewer documents at once.',
  },
  BRANCH_DISABLED: {
    status: 403,
    meaning: 'Headquarters has disabled the branch.',
    remedy: 'Enable it with `outpost cloud branch enable`; the branch goes on by itself.',
  },
  BRANCH_EXISTS: {
    status: 409,
    meaning: 'There is a branch with this id already.',
    remedy: 'Choose another id; `outpost cloud branch list` shows those in use.',
  },
  BRANCH_RETIRED: {
    status: 403,
    meaning: 'Headquarters has retired the branch: it is not expected any more.',
    remedy:
      'If it trades again, bring it back with `outpost cloud branch revive`; it takes a fresh snapshot by itself.',
  },
  BRANCH_UNKNOWN: {
    status: 404,
    meaning: 'Headquarters knows no branch with this id.',
    remedy:
      'Correct the id: `outpost cloud branch list` shows those that there are, `outpost cloud branch add` adds one.',
  },
  BUNDLE_FOREIGN: {
    status: 409,
    meaning: 'The bundle is from, or for, another branch, PC or headquarters than this one.',
    remedy: 'Choose the file that was made for this one; its name says from whom and to whom it goes.',
  },
  BUNDLE_INVALID: {
    status: 422,
    meaning: 'The file is no bundle, or was damaged or cut off on its way. Nothing of it was used.',
    remedy:
      'Copy it again from where it was made, or make a new one with `export-bundle`: nothing is lost. Take the stick out only after it was ejected.',
  },
  BUNDLE_KEYS: {
    status: 409,
    meaning: 'Branch and headquarters have not told each other the keys yet that bundles are encrypted with.',
    remedy: 'Let the branch synchronise once over the internet; from then on bundles can be made.',
  },
  BUNDLE_OLD: {
    status: 409,
    meaning:
      'The bundle begins further on than the branch stands, or one side was restored from a backup since. What did not fit was left out.',
    remedy: 'Make a new one at the branch with `outpost branch export-bundle` and take it to headquarters.',
  },
  CLOCK_AHEAD: {
    status: 422,
    meaning: 'A document carries a time more than 30 days ahead of headquarters.',
    remedy:
      "Correct the clock of whatever wrote it. A node that has joined is told headquarters' time and stamps no such thing; what was stamped before stays among the exceptions.",
  },
  CLONE_SUSPECTED: {
    status: 409,
    meaning: 'Two running PCs say that they are this branch, or this one was declared dead; neither is let in.',
    remedy:
      'Look at both with `outpost cloud branch show`, choose the one that lives with `outpost cloud branch keep`, and stop the other one.',
  },
  CLONE_UNDECIDED: {
    status: 409,
    meaning: 'What was said to be the living PC of a branch is none of those that are in question.',
    remedy: 'Look at them with `outpost cloud branch show`, and name the start of the one that lives.',
  },
  COLLECTION_UNKNOWN: {
    status: 404,
    meaning: 'The node has no collection of this name.',
    remedy: 'Declare the collection on both sides, or correct the name.',
  },
  DIRECTION: {
    status: 422,
    meaning: 'Only headquarters writes this: a document that goes down to the branches, or the erasure of a member.',
    remedy: 'Write it at headquarters.',
  },
  DISCARDED: {
    status: 409,
    meaning: "A person has discarded what a branch had written, and headquarters' state is to take its place.",
    remedy: 'Nothing need be done: the branch asks for it with the next exchange.',
  },
  DEVICE_UNKNOWN: {
    status: 404,
    meaning: 'The branch has let in no device or program with this id or name.',
    remedy: 'Name one of those that `outpost branch device list` shows.',
  },
  DISK_FAILED: {
    status: 507,
    meaning: 'The disk did not read or write what it should; the node writes nothing more until it is started again.',
    remedy: 'Look after the disk, then start the node again; if it does not start, restore its newest backup.',
  },
  DISK_FULL: {
    status: 507,
    meaning: 'The disk is full; nothing of the write was saved.',
    remedy: 'Make room, then try again; the node need not be restarted.',
  },
  DELIVERY_UNKNOWN: {
    status: 409,
    meaning: 'Receipts came for documents that headquarters has not handed to this branch.',
    remedy: 'Nothing need be done: the receipts go to the exceptions and synchronisation goes on.',
  },
  DOCUMENT_INVALID: {
    status: 422,
    meaning: "The document does not fit the collection's schema.",
    remedy: 'Correct the field that the message names.',
  },
  DOCUMENT_TOO_LARGE: {
    status: 413,
    meaning: 'A document, with what its sets remember of what was taken off them, is larger than one may be.',
    remedy: 'Keep less in one document: shorter notes, fewer tags; large files do not belong into documents.',
  },
  DOCUMENT_UNKNOWN: {
    status: 404,
    meaning: 'There is no such document in this store.',
    remedy: 'Check the id; it may not have arrived yet.',
  },
  ENROLMENT_CODE: {
    status: 403,
    meaning:
      'The code is unknown, was used, or is older than 24 hours; or it is of another headquarters than the one that was asked, or of another branch than this PC is.',
    remedy:
      'Type it as it is shown, on a PC of the branch that it was issued for. Where it was used or is too old, let headquarters issue a new one with `outpost cloud branch code`.',
  },
  ERASED: {
    status: 409,
    meaning: 'The personal data of this member was erased for good; no write brings it back.',
    remedy: 'Register the person anew.',
  },
  EXCEPTION_STANDS: {
    status: 409,
    meaning: 'This exception cannot be tried again, or cannot be discarded; nothing was changed.',
    remedy: 'Do what the message says; `docs/exceptions.md` has a table of what is possible.',
  },
  EXCEPTION_UNKNOWN: {
    status: 404,
    meaning: 'There is no exception with this id; perhaps it has been cleared since.',
    remedy: 'List those that there are with `outpost exceptions list`.',
  },
  FORBIDDEN: {
    status: 403,
    meaning: 'Whoever asks is known, and may not do this.',
    remedy: 'Let somebody do it who may, or let them give you the right: `docs/security.md` says who may do what.',
  },
  FIELD_IMMUTABLE: {
    status: 422,
    meaning: 'The field is a fact of creation, or of a paid order its member or currency, and cannot change.',
    remedy:
      "Leave it as it is; a member's phone is changed with `outpost member phone`, a wrong order refunded and taken anew.",
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    meaning: 'The address or the headers of the request are larger than the node accepts.',
    remedy: 'Send less of them; a proxy in between may add what is not needed.',
  },
  HEARTBEAT_FIRST: {
    status: 409,
    meaning:
      'The request is of a start of the branch that headquarters has not heard a heartbeat of, or a heartbeat came before.',
    remedy:
      'Nothing need be done: the next cycle begins with a heartbeat. Where it stays, the PC was taken back together with its memory (a snapshot of a running virtual machine): restart its node.',
  },
  IMPORT_FILE: {
    status: 400,
    meaning: 'A file or the mapping of an import cannot be used.',
    remedy: 'Correct the file or the mapping at the place that the message names.',
  },
  INTERNAL: {
    status: 500,
    meaning: 'The node met an error that it did not expect.',
    remedy: 'Look into its log by the request id; the data is as it was.',
  },
  KEY_UNKNOWN: {
    status: 401,
    meaning:
      'Headquarters knows no key that this request is signed with: the branch was enrolled anew, or headquarters was restored from a backup of an earlier time.',
    remedy: 'Enrol the branch again with `outpost branch enroll`: it keeps everything.',
  },
  LEGACY_UNAVAILABLE: {
    status: 503,
    meaning: 'The legacy database that a branch imports from cannot be reached, or refuses what it is asked.',
    remedy:
      'Start it, or correct its address, its account and what the account may do; a running node goes on by itself.',
  },
  LINK_FAILED: {
    status: 503,
    meaning: 'Headquarters could not be reached or did not answer as Outpost does.',
    remedy:
      'Correct what the message says of an address or a certificate; else check the internet connection. Everything is kept and sent when it is back.',
  },
  LOGIN_FAILED: {
    status: 401,
    meaning: 'The name and what was given as its password or PIN do not go together, or the account is closed.',
    remedy: 'Try again. A manager or an administrator can give a new PIN or password.',
  },
  LOGIN_NEEDED: {
    status: 401,
    meaning: 'Only somebody who is logged in may do this; a login ends by itself.',
    remedy: 'Log in, then do it again.',
  },
  LOST_FUTURE: {
    status: 409,
    meaning:
      'A document that only headquarters writes came back from a branch after headquarters was restored from a backup, which does not know it.',
    remedy:
      'Look at it with `outpost exceptions show`: `retry` takes it as it is and gives it to every branch, `discard` keeps it away and takes it off the branches.',
  },
  MEMBER_CONFLICT: {
    status: 409,
    meaning: 'What was asked for does not fit how the member stands; nothing was changed.',
    remedy: 'Look at the member with `outpost member show` and `outpost member audit`, then do what the message says.',
  },
  MEMBER_ID_MISMATCH: {
    status: 422,
    meaning: "A member's id does not follow from its scope, phone and generation.",
    remedy: 'Use the chain key of this chain; register the member again.',
  },
  MEMBER_UNKNOWN: {
    status: 404,
    meaning: 'There is no living member with this id.',
    remedy:
      'Find the member by its phone or name; headquarters brings a deleted one back with `outpost member revive`.',
  },
  MIRROR_UNAVAILABLE: {
    status: 503,
    meaning: 'The MySQL server cannot be reached or refuses the connection.',
    remedy:
      "Check the server, and the address, account and password of the mirror's URL; the mirror goes on from where it was.",
  },
  MIRROR_TABLES: {
    status: 500,
    meaning: 'Tables of the mirror do not fit their mapping.',
    remedy: 'Correct the columns that the message names, or point the mirror at an empty database.',
  },
  NONCE_NEEDED: {
    status: 401,
    meaning: 'The request is not signed over a number that headquarters has lately given out.',
    remedy: 'Nothing need be done: the answer brings a fresh one, and the branch signs again.',
  },
  NODE_RUNNING: {
    status: 409,
    meaning: 'Another process has this data folder open.',
    remedy: 'Stop the running node, or use another folder.',
  },
  NODE_STARTING: {
    status: 503,
    meaning:
      'A process has the store of this data folder open and does not answer: its node is starting, or another command works.',
    remedy: 'Try again in a moment. Where it stays so, look into the log of the node.',
  },
  NODE_UNREACHABLE: {
    status: 503,
    meaning: 'No node answers for this data folder.',
    remedy: 'Start it with `outpost cloud start` or `outpost branch start`.',
  },
  NOT_FOUND: {
    status: 404,
    meaning: 'There is nothing at this address, or nothing of this name or number.',
    remedy: 'Look what there is, and name one of that; programs find all addresses in `docs/protocol.md`.',
  },
  NOT_RECOVERING: {
    status: 409,
    meaning: 'Headquarters was not restored from a backup, or its recovery is over: there is nothing to end.',
    remedy: 'Nothing need be done.',
  },
  NOT_PAIRED: {
    status: 401,
    meaning: 'This device is not paired with the node, or was shut out.',
    remedy: 'Pair it with a code: a manager shows one in the app, or the PC of the node with `outpost branch pair`.',
  },
  ORDER_STATE_CONFLICT: {
    status: 409,
    meaning: 'An order has reached two states that exclude each other, such as a refund here and a completion there.',
    remedy: 'Decide which one holds and open the next round of the order with it.',
  },
  ORDER_TRANSITION: {
    status: 422,
    meaning: 'The order cannot go from its status to the wanted one.',
    remedy: 'See the table of statuses in `docs/architecture.md`; a finished order is reopened in a new round.',
  },
  PAIRING_CODE: {
    status: 403,
    meaning: 'The pairing code is unknown, was used, or is older than ten minutes.',
    remedy: 'Let a manager show a new one in the app, or make one on the PC of the node with `outpost branch pair`.',
  },
  PATH_UNUSABLE: {
    status: 500,
    meaning: 'A file or folder is missing, is something else, or this user has no right to it.',
    remedy: 'Correct the path or the rights that the message names.',
  },
  PHONE_INVALID: {
    status: 422,
    meaning: 'The text is no possible phone number, or could be the number of several people.',
    remedy:
      "Type one number with its area code, or with + and its country code. One with an extension is a member's contact phone.",
  },
  POSITION_UNKNOWN: {
    status: 409,
    meaning: 'A position does not belong to this store: one side was restored or replaced.',
    remedy: 'Do not delete either store; tell whoever runs headquarters.',
  },
  PROTOCOL_OUTDATED: {
    status: 426,
    meaning: 'The node and headquarters speak different protocols, or know a collection in different versions.',
    remedy: 'Install the version that the message names, then start the node again; it keeps everything until then.',
  },
  RECONCILING: {
    status: 409,
    meaning: 'Rows of a mirror are being compared with their documents already; one such run goes on at a time.',
    remedy: 'Wait for its end: `outpost reconcile runs` shows how far it is.',
  },
  RECOVERING: {
    status: 409,
    meaning:
      'Headquarters was restored from a backup and decides nothing about members until every branch has offered everything again.',
    remedy:
      'Wait, or see with `outpost cloud recovery` which branches are missing and end it if they will not come back.',
  },
  REPLAYED: {
    status: 401,
    meaning: 'The very same request has come before.',
    remedy:
      'Nothing need be done: a branch signs each request anew. Where it stays, somebody repeats what was recorded.',
  },
  REQUEST_DECIDED: {
    status: 409,
    meaning: 'The request has been decided already.',
    remedy: 'Look at it with `outpost member review --all`; make a new one if it should be decided otherwise.',
  },
  REQUEST_UNKNOWN: {
    status: 404,
    meaning: 'There is no request with this id.',
    remedy: 'List those that wait with `outpost member review`.',
  },
  SCOPE: {
    status: 403,
    meaning: 'The document does not belong to this branch.',
    remedy: 'Write it at the branch that it belongs to, or at headquarters.',
  },
  REVOKED: {
    status: 403,
    meaning: 'Headquarters has shut out the PC that this request comes from.',
    remedy:
      'If it is the right one, issue a code with `outpost cloud branch code` and enrol it again with `outpost branch enroll`.',
  },
  SIGNATURE: {
    status: 422,
    meaning: 'A document that only headquarters writes does not carry its signature.',
    remedy:
      'Find out who wrote it: it did not come from headquarters, or headquarters has another key than this branch knows.',
  },
  STORE_INVALID: {
    status: 500,
    meaning: 'The file is no Outpost store, or it is damaged.',
    remedy: 'Name the right data folder; if it is the right one, run `outpost restore` with the newest backup.',
  },
  STORE_KIND: {
    status: 500,
    meaning:
      "The folder holds the store of the other kind of node: a branch's instead of headquarters', or the reverse.",
    remedy: 'Name the data folder that belongs to this node.',
  },
  STORE_LOCKED: {
    status: 409,
    meaning: 'Another process has this store open.',
    remedy: 'Stop the other process; a store has one owner at a time.',
  },
  STORE_LOST: {
    status: 500,
    meaning: 'The data folder holds the log or the backups of a store, and not the store itself.',
    remedy:
      'Put the store back, or restore the newest backup with `outpost restore`. To begin anew, move what is left to another place first.',
  },
  STORE_READ_ONLY: {
    status: 507,
    meaning: 'The store may be read but not written: its file or its disk is read-only.',
    remedy: 'Make both writable, then start the node again; Linux makes a failing disk read-only.',
  },
  STORE_VERSION: {
    status: 500,
    meaning: 'The store was written by another version of Outpost.',
    remedy:
      'Start it with that version. If nothing in the store is needed any more, move its data folder away and start with an empty one.',
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    meaning: 'Too much was asked from this address, or with this key, in a short time.',
    remedy: 'Wait for the time that the answer names, then try again.',
  },
  UNAUTHENTICATED: {
    status: 401,
    meaning: 'The request does not prove who sent it, or its proof does not fit it.',
    remedy: 'Send it as `docs/security.md` describes: signed by a branch, with a token, or logged in.',
  },
  UNENCRYPTED: {
    status: 400,
    meaning: 'Phones and secrets would travel readable for everybody in between.',
    remedy:
      'Use https, or keep to this machine; who must do without says `insecureHttp: true` in the configuration file.',
  },
  TOO_BUSY: {
    status: 503,
    meaning: 'More branches or people want something of headquarters at once than it takes in; nothing was done of it.',
    remedy: 'Nothing need be done: the branch or page comes again after the time that the answer names.',
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof ERROR_CATALOGUE

export function errorStatus(code: ErrorCode): number {
  return ERROR_CATALOGUE[code].status
}
