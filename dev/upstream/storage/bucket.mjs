// The bucket in which the registry's S3 driver keeps its files.
export const BUCKET = 'registry';
export const REGION = 'us-east-1';
