// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {IConsents} from "../../src/interfaces/IConsents.sol";
import {IGuardians} from "../../src/interfaces/IGuardians.sol";
import {IProxies} from "../../src/interfaces/IProxies.sol";
import {LedgerBase} from "../LedgerBase.sol";

/// @notice Every message that somebody signs, the digest by the written rule, and the call that carries it. The signer is
/// the subject, its only guardian, its proxy, or the operator, as the verb has it.
abstract contract ReplayBase is LedgerBase {
    enum Verb {
        Rotate,
        RevokeAll,
        SetGuardians,
        VetoRecovery,
        StartRecovery,
        RevokeAllByGuardians,
        Revoke,
        RevokeMany,
        RevokeByGuardians,
        Consent,
        ProxyLink,
        ProxyConsent,
        RevokeAsProxy,
        RevokeUnderProxy,
        TwoRoots,
        OtherThanPosted,
        LeafReplaced
    }

    /// @dev What differs between the message that was signed and the one that is carried.
    enum Part {
        None,
        Chain,
        Contract,
        Who,
        Epoch,
        Index,
        Nonce,
        Deadline,
        Terms,
        Type
    }

    uint256 internal constant VERBS = 17;
    uint256 internal constant PARTS = 10;
    uint48 internal constant DEADLINE = START + 1 hours;

    string[17] internal VERB_NAMES = [
        "rotateBySig",
        "revokeAllBySig",
        "setGuardiansBySig",
        "vetoRecoveryBySig",
        "startRecovery",
        "revokeAllByGuardians",
        "revokeBySig",
        "revokeManyBySig",
        "revokeByGuardians",
        "check",
        "checkByProxy (link)",
        "checkByProxy (consent)",
        "revokeAsProxy",
        "revokeUnderProxyBySig",
        "recordTwoRoots",
        "recordOtherThanPosted",
        "recordLeafReplaced"
    ];
    string[10] internal PART_NAMES =
        ["nothing", "chain id", "contract", "subject", "epoch", "index", "nonce", "deadline", "terms", "type"];

    function isOn(Verb verb) internal view returns (string memory name, address verifier) {
        if (verb <= Verb.RevokeAllByGuardians) return ("Anamnesis Subjects", address(subjects));
        if (verb >= Verb.TwoRoots) return ("Anamnesis Checkpoints", address(checkpoints));
        return ("Anamnesis Consents", address(consents));
    }

    /// @dev Whether the message of this verb has such a part.
    function has(Verb verb, Part part) internal pure returns (bool) {
        if (part <= Part.Who || part == Part.Type) return true;
        bool terms_ = verb >= Verb.Consent && verb <= Verb.ProxyConsent;
        if (part == Part.Epoch) return terms_ || verb == Verb.RevokeAllByGuardians;
        if (part == Part.Index) {
            return terms_ || verb == Verb.Revoke || verb == Verb.RevokeByGuardians || verb == Verb.RevokeAsProxy
                || verb == Verb.RevokeUnderProxy;
        }
        if (part == Part.Nonce) return verb <= Verb.StartRecovery;
        if (part == Part.Deadline) return verb <= Verb.RevokeAllByGuardians;
        return verb != Verb.RevokeAll && verb != Verb.VetoRecovery && verb != Verb.RevokeAllByGuardians
            && verb != Verb.Revoke && verb != Verb.RevokeByGuardians && verb != Verb.RevokeAsProxy;
    }

    /// @notice What the signer signs when one part is another than the one carried.
    function digestOf(Verb verb, address signer, Part part) internal returns (bytes32 digest) {
        (string memory name, address verifier) = isOn(verb);
        if (part == Part.Chain) vm.chainId(block.chainid + 1);
        if (part == Part.Contract) verifier = address(this);
        bytes memory message = part == Part.Type
            ? abi.encode(keccak256("Other(address subject,uint64 nonce,uint48 deadline)"), signer, 0, DEADLINE)
            : messageOf(verb, signer, part);
        digest = typedDigest(name, verifier, keccak256(message));
        if (part == Part.Chain) vm.chainId(block.chainid - 1);
    }

    function messageOf(Verb verb, address signer, Part part) private view returns (bytes memory) {
        address subject = part == Part.Who ? stranger : subjectOf(verb, signer);
        uint48 deadline = part == Part.Deadline ? DEADLINE + 1 : DEADLINE;
        uint64 nonce = subjects.nonceOf(subjectOf(verb, signer));
        if (part == Part.Nonce) nonce += 1;
        uint32 index = part == Part.Index ? 8 : 7;
        bytes32 changed = bytes32(uint256(part == Part.Terms ? 1 : 0));
        if (verb == Verb.Rotate || verb == Verb.StartRecovery) {
            bytes32 kind = verb == Verb.Rotate
                ? keccak256("Rotate(address subject,address newController,uint64 nonce,uint48 deadline)")
                : keccak256("Recover(address subject,address newController,uint64 nonce,uint48 deadline)");
            return abi.encode(kind, subject, part == Part.Terms ? stranger : relayer, nonce, deadline);
        }
        if (verb == Verb.RevokeAll) {
            return
                abi.encode(
                    keccak256("RevokeAll(address subject,uint64 nonce,uint48 deadline)"), subject, nonce, deadline
                );
        }
        if (verb == Verb.SetGuardians) {
            bytes32 kind = keccak256("SetGuardians(address subject,bytes32 commitment,uint64 nonce,uint48 deadline)");
            return abi.encode(kind, subject, changed, nonce, deadline);
        }
        if (verb == Verb.VetoRecovery) {
            return abi.encode(
                keccak256("VetoRecovery(address subject,uint64 nonce,uint48 deadline)"), subject, nonce, deadline
            );
        }
        if (verb == Verb.RevokeAllByGuardians) {
            bytes32 kind = keccak256("GuardiansRevokeAll(address subject,uint32 epoch,uint48 deadline)");
            return abi.encode(kind, subject, part == Part.Epoch ? 1 : 0, deadline);
        }
        if (verb == Verb.RevokeMany) {
            bytes32 kind = keccak256("RevokeMany(address subject,uint24 word,uint256 mask)");
            return abi.encode(kind, subject, 0, 0x80 | uint256(changed));
        }
        if (verb == Verb.Consent || verb == Verb.ProxyConsent) {
            bytes32 kind = keccak256(
                "Consent(address subject,uint32 epoch,uint32 index,uint32 grantee,bytes32 recipient,"
                "uint32 categories,uint16 sensitive,uint32 purposes,uint16 actions,int48 careFrom,int48 careUntil,"
                "uint48 validFrom,uint48 validUntil,bytes32 salt)"
            );
            return abi.encode(kind, terms(verb, signer, part));
        }
        if (verb == Verb.ProxyLink) {
            bytes32 kind = keccak256(
                "Proxy(address subject,uint32 epoch,uint32 index,address proxy,uint8 kind,bytes32 parent,"
                "uint32 categories,uint16 sensitive,uint32 purposes,uint16 actions,uint48 validFrom,"
                "uint48 validUntil,bytes32 salt)"
            );
            return abi.encode(kind, linkTerms(verb, signer, part));
        }
        if (verb == Verb.RevokeUnderProxy) {
            bytes32 kind = keccak256("RevokeUnderProxy(bytes32 link,uint32 index)");
            bytes32 link = part == Part.Who ? keccak256("another link") : keccak256("link");
            return abi.encode(kind, part == Part.Terms ? bytes32("third link") : link, index);
        }
        if (verb >= Verb.TwoRoots) {
            bytes32 kind = keccak256("Checkpoint(uint32 organization,uint8 stream,bytes32 root,uint64 size)");
            bytes32 root = part == Part.Terms ? bytes32("third") : keccak256("signed");
            return abi.encode(kind, part == Part.Who ? 2 : 1, 0, root, 1);
        }
        return abi.encode(keccak256("Revoke(address subject,uint32 index)"), subject, index);
    }

    /// @dev Whose message it is: guardians and proxies sign for Maria.
    function subjectOf(Verb verb, address signer) internal view returns (address) {
        bool forMaria = verb == Verb.StartRecovery || verb == Verb.RevokeAllByGuardians
            || verb == Verb.RevokeByGuardians || verb == Verb.ProxyConsent || verb == Verb.RevokeAsProxy;
        return forMaria ? maria : signer;
    }

    function terms(Verb verb, address signer, Part part) internal view returns (IConsents.Consent memory made) {
        made.subject = part == Part.Who ? stranger : subjectOf(verb, signer);
        made.epoch = part == Part.Epoch ? 1 : 0;
        made.index = part == Part.Index ? 8 : 7;
        (made.grantee, made.categories, made.purposes, made.actions) = (1, part == Part.Terms ? 3 : 1, 1, 1);
        (made.validFrom, made.validUntil) = (START, START + YEAR);
    }

    function linkTerms(Verb verb, address signer, Part part) internal view returns (IProxies.Proxy memory made) {
        made.subject = part == Part.Who ? stranger : subjectOf(verb, signer);
        made.epoch = part == Part.Epoch ? 1 : 0;
        made.index = part == Part.Index ? 21 : 20;
        made.proxy = verb == Verb.ProxyLink ? relayer : signer;
        (made.categories, made.purposes, made.actions) = (part == Part.Terms ? 7 : 3, 1, 1);
        (made.validFrom, made.validUntil) = (START, START + YEAR);
    }

    function request() internal pure returns (IConsents.Request memory) {
        return IConsents.Request(1, 0, 1, 0, 1, 1, START);
    }

    function onlyGuardian(address signer) internal pure returns (IGuardians.GuardianSet memory set) {
        set.guardians = new address[](1);
        (set.guardians[0], set.threshold, set.delay) = (signer, 1, 1 days);
    }

    function asList(bytes memory signature) private pure returns (bytes[] memory list) {
        list = new bytes[](1);
        list[0] = signature;
    }

    /// @notice The call that carries the message with this signature.
    function callOf(Verb verb, address signer, bytes memory by) internal view returns (address, bytes memory) {
        (, address target) = isOn(verb);
        IGuardians.GuardianSet memory set = onlyGuardian(signer);
        if (verb == Verb.Rotate) {
            return (target, abi.encodeCall(subjects.rotateBySig, (signer, relayer, DEADLINE, by)));
        }
        if (verb == Verb.RevokeAll) return (target, abi.encodeCall(subjects.revokeAllBySig, (signer, DEADLINE, by)));
        if (verb == Verb.SetGuardians) {
            return (target, abi.encodeCall(subjects.setGuardiansBySig, (signer, 0, DEADLINE, by)));
        }
        if (verb == Verb.VetoRecovery) {
            return (target, abi.encodeCall(subjects.vetoRecoveryBySig, (signer, DEADLINE, by)));
        }
        if (verb == Verb.StartRecovery) {
            return (target, abi.encodeCall(subjects.startRecovery, (maria, relayer, DEADLINE, set, asList(by))));
        }
        if (verb == Verb.RevokeAllByGuardians) {
            return (target, abi.encodeCall(subjects.revokeAllByGuardians, (maria, DEADLINE, set, asList(by))));
        }
        if (verb == Verb.Revoke) return (target, abi.encodeCall(consents.revokeBySig, (signer, 7, by)));
        if (verb == Verb.RevokeMany) return (target, abi.encodeCall(consents.revokeManyBySig, (signer, 0, 0x80, by)));
        if (verb == Verb.RevokeByGuardians) {
            return (target, abi.encodeCall(consents.revokeByGuardians, (maria, 7, set, asList(by))));
        }
        if (verb == Verb.RevokeUnderProxy) {
            return (target, abi.encodeCall(consents.revokeUnderProxyBySig, (signer, keccak256("link"), 7, by)));
        }
        if (verb >= Verb.TwoRoots) return (target, evidence(verb, by));
        return (target, withTerms(verb, signer, by));
    }

    function withTerms(Verb verb, address signer, bytes memory by) private view returns (bytes memory) {
        IConsents.Consent memory made = terms(verb, signer, Part.None);
        if (verb == Verb.Consent) return abi.encodeCall(consents.check, (made, by, request()));
        IProxies.Link[] memory chain = new IProxies.Link[](1);
        chain[0].terms = linkTerms(verb, signer, Part.None);
        if (verb == Verb.ProxyLink) {
            chain[0].signature = by;
            bytes memory ofRelayer = signed(keyOf("relayer"), consents.digest(made));
            return abi.encodeCall(consents.checkByProxy, (made, ofRelayer, chain, request()));
        }
        chain[0].signature = signed(mariaKey, consents.proxyDigest(chain[0].terms));
        if (verb == Verb.ProxyConsent) return abi.encodeCall(consents.checkByProxy, (made, by, chain, request()));
        bytes memory ofMaria = signed(mariaKey, consents.digest(made));
        return abi.encodeCall(consents.revokeAsProxy, (made, ofMaria, chain, by));
    }

    /// @dev The other side of the contradiction is signed by the organisation's own key, which is the signer's neighbour.
    function evidence(Verb verb, bytes memory by) private view returns (bytes memory) {
        ICheckpoints.SignedCheckpoint memory one = ICheckpoints.SignedCheckpoint(keccak256("signed"), 1, by);
        if (verb == Verb.OtherThanPosted) return abi.encodeCall(checkpoints.recordOtherThanPosted, (1, 0, one));
        bytes32 second = sha256(bytes.concat(hex"01", bytes32("replaced"), bytes32(0)));
        bool two = verb == Verb.TwoRoots;
        (bytes32 root, uint64 size) = two ? (keccak256("another root"), 1) : (second, 2);
        bytes memory ofAldhelm = signed(keyOf("St. Aldhelm Hospital"), checkpoints.digest(1, 0, root, size));
        ICheckpoints.SignedCheckpoint memory other = ICheckpoints.SignedCheckpoint(root, size, ofAldhelm);
        if (two) return abi.encodeCall(checkpoints.recordTwoRoots, (1, 0, one, other));
        return abi.encodeCall(
            checkpoints.recordLeafReplaced,
            (
                1,
                0,
                0,
                one,
                ICheckpoints.LeafProof(keccak256("signed"), new bytes32[](0)),
                other,
                ICheckpoints.LeafProof("replaced", new bytes32[](1))
            )
        );
    }
}
