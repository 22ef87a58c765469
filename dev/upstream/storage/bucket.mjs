// Where the registry's driver finds its files.
export const BUCKET = 'registry';
export const REGION = 'us-east-1';
