import { BUCKET, REGION } from '../storage/bucket.mjs';

// Where distribution keeps its files: in a folder, whose blobs it streams, or in a bucket of S3,
// to whose blobs it redirects.

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
