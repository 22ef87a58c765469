import { BUCKET, REGION } from '../storage/bucket.mjs';

// Where distribution keeps its files: in a folder, so that it streams blobs, or in an S3 bucket, so
// that it redirects clients to it for blobs.

export const folderDriver = (root) => ({ filesystem: { rootdirectory: root } });

export const bucketDriver = (url, { accessKeyId, secretAccessKey }) => ({
  s3: {
    accesskey: accessKeyId,
    secretkey: secretAccessKey,
    region: REGION,
    regionendpoint: url,
    bucket: BUCKET,
    secure: false,
    v4auth: true,
  },
});
