import { registryClient } from "./components/source";
registryClient().digest("127.0.0.1:15000/debian-bootable:12").then(console.log, (e: Error) => console.log(e.message));
registryClient({attempts:1,timeoutMs:3000}).digest("quay.io/fedora/fedora-bootc:42").then(console.log, (e: Error) => console.log(e.message));
