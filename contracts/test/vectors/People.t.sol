// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "../../src/interfaces/IConsents.sol";
import {IGuardians} from "../../src/interfaces/IGuardians.sol";
import {IProxies} from "../../src/interfaces/IProxies.sol";
import {ISubjects} from "../../src/interfaces/ISubjects.sol";
import {VectorsBase} from "../VectorsBase.sol";

/// @notice The vectors of proxies, guardians, many refusals and emergencies.
contract PeopleVectorsTest is VectorsBase {
    function setUp() public override {
        super.setUp();
        open("proxies-guardians.json");
    }

    function signer() private view returns (address) {
        return vm.addr(uint256(word("privateKey")));
    }

    /// @dev Entry `i` of a list of messages on Subjects: the contract with the subject at the vector's nonce.
    function onSubjects(string memory list, uint256 i) private returns (bool more, ISubjects at_) {
        more = enter(list, i);
        if (!more) return (more, at_);
        at_ = ISubjects(place(address(subjects)));
        expectSigned();
        setSubject(address(at_), addressAt("subject"), signer(), exists("nonce") ? uint64(number("nonce")) : 0);
        vm.warp(number("deadline"));
    }

    /// @dev Puts a set in force whose only guardian is the signer.
    function guardBySigner(ISubjects at_) private returns (IGuardians.GuardianSet memory set) {
        set.guardians = new address[](1);
        set.guardians[0] = signer();
        (set.threshold, set.delay, set.salt) = (1, 1 days, keccak256("salt"));
        bytes32 commitment = at_.guardianCommitment(addressAt("subject"), set);
        // In force since ever: what `next` of the guarded subject holds.
        uint256 slot = uint256(keccak256(abi.encode(addressAt("subject"), uint256(2))));
        vm.store(address(at_), bytes32(slot + 1), bytes32(bytes26(commitment)));
    }

    function signatures() private view returns (bytes[] memory one) {
        one = new bytes[](1);
        one[0] = bytesAt("signature");
    }

    function test_proxy_agrees() public {
        uint256 count;
        for (; enter("proxy", count); count++) {
            IConsents at_ = IConsents(place(address(consents)));
            IProxies.Proxy memory terms = IProxies.Proxy({
                subject: addressAt("terms.subject"),
                epoch: uint32(number("terms.epoch")),
                index: uint32(number("terms.index")),
                proxy: addressAt("terms.proxy"),
                kind: uint8(number("terms.kind")),
                parent: word("terms.parent"),
                categories: uint32(number("terms.categories")),
                sensitive: uint16(number("terms.sensitive")),
                purposes: uint32(number("terms.purposes")),
                actions: uint16(number("terms.actions")),
                validFrom: uint48(number("terms.validFrom")),
                validUntil: uint48(number("terms.validUntil")),
                salt: word("terms.salt")
            });
            same(at_.proxyDigest(terms), word("digest"), "digest");
            same(typedDigest("Anamnesis Consents", address(at_), word("structHash")), word("digest"), "struct hash");
            same(at_.spaceOf(terms.proxy, word("digest")), addressAt("space"), "space");
            expectSigned();
        }
        isTrue(count >= 3, "vectors of proxies");
    }

    function test_revokeUnderProxy_agrees() public {
        uint256 count;
        for (; enter("revokeUnderProxy", count); count++) {
            IConsents at_ = IConsents(place(address(consents)));
            (address proxy, bytes32 link, uint32 index) = (addressAt("proxy"), word("link"), uint32(number("index")));
            at_.revokeUnderProxyBySig(proxy, link, index, bytesAt("signature"));
            isTrue(at_.isRevoked(at_.spaceOf(proxy, link), index), "refused");
            expectSigned();
        }
        isTrue(count >= 2, "vectors of refusals under a proxy");
    }

    function test_revokeMany_agrees() public {
        uint256 count;
        for (; enter("revokeMany", count); count++) {
            IConsents at_ = IConsents(place(address(consents)));
            (address subject, uint24 place_, uint256 mask) = (signer(), uint24(number("word")), uint256(word("mask")));
            at_.revokeManyBySig(subject, place_, mask, bytesAt("signature"));
            same(at_.revocationWord(subject, place_), mask, "word");
            expectSigned();
        }
        isTrue(count >= 3, "vectors of many refusals");
    }

    function test_guardianSet_agrees() public {
        uint256 count;
        for (; enter("guardianSet", count); count++) {
            ISubjects at_ = ISubjects(place(address(subjects)));
            IGuardians.GuardianSet memory set;
            uint256 size;
            while (exists(string.concat("guardians[", vm.toString(size), "]"))) size++;
            set.guardians = new address[](size);
            for (uint256 i; i < size; i++) {
                set.guardians[i] = addressAt(string.concat("guardians[", vm.toString(i), "]"));
            }
            (set.threshold, set.delay, set.salt) = (uint8(number("threshold")), uint32(number("delay")), word("salt"));
            same(at_.guardianCommitment(addressAt("subject"), set), word("commitment"), "commitment");
            bytes32 digest = typedDigest("Anamnesis Subjects", address(at_), word("structHash"));
            same(digest, word("commitment"), "struct hash");
        }
        isTrue(count >= 2, "vectors of sets");
    }

    function test_setGuardians_agrees() public {
        for (uint256 i;; i++) {
            (bool more, ISubjects at_) = onSubjects("setGuardians", i);
            if (!more) return isTrue(i >= 3, "vectors of naming guardians");
            address subject = addressAt("subject");
            at_.setGuardiansBySig(subject, word("commitment"), uint48(number("deadline")), bytesAt("signature"));
            same(at_.nonceOf(subject), number("nonce") + 1, "nonce");
            // The next vector starts without guardians.
            vm.store(address(at_), bytes32(uint256(keccak256(abi.encode(subject, uint256(2)))) + 1), 0);
        }
    }

    function test_recover_agrees() public {
        for (uint256 i;; i++) {
            (bool more, ISubjects at_) = onSubjects("recover", i);
            if (!more) return isTrue(i >= 3, "vectors of recoveries");
            (address subject, address next) = (addressAt("subject"), addressAt("newController"));
            IGuardians.GuardianSet memory set = guardBySigner(at_);
            at_.startRecovery(subject, next, uint48(number("deadline")), set, signatures());
            (address waiting,) = at_.recoveryOf(subject);
            same(waiting, next, "new controller");
        }
    }

    function test_vetoRecovery_agrees() public {
        for (uint256 i;; i++) {
            (bool more, ISubjects at_) = onSubjects("vetoRecovery", i);
            if (!more) return isTrue(i >= 3, "vectors of vetoes");
            address subject = addressAt("subject");
            // A recovery that waits at this nonce.
            uint256 slot = uint256(keccak256(abi.encode(subject, uint256(2)))) + 2;
            uint256 recovery = uint160(stranger) | (number("deadline") << 160) | (number("nonce") << 208);
            vm.store(address(at_), bytes32(slot), bytes32(recovery));
            at_.vetoRecoveryBySig(subject, uint48(number("deadline")), bytesAt("signature"));
            same(at_.nonceOf(subject), number("nonce") + 1, "nonce");
        }
    }

    function test_guardiansRevokeAll_agrees() public {
        for (uint256 i;; i++) {
            (bool more, ISubjects at_) = onSubjects("guardiansRevokeAll", i);
            if (!more) return isTrue(i >= 2, "vectors of refusals by guardians");
            (address subject, uint32 epoch) = (addressAt("subject"), uint32(number("epoch")));
            vm.store(address(at_), keccak256(abi.encode(subject, uint256(3))), bytes32(uint256(epoch) << 160));
            IGuardians.GuardianSet memory set = guardBySigner(at_);
            at_.revokeAllByGuardians(subject, uint48(number("deadline")), set, signatures());
            same(at_.epochOf(subject), uint256(epoch) + 1, "epoch");
        }
    }

    function test_emergency_agrees() public {
        bytes32 typeHash = keccak256(
            "Emergency(uint32 organization,uint32 custodian,address subject,bytes32 recipient,bytes32 justification,bytes32 salt)"
        );
        uint256 count;
        for (; enter("emergency", count); count++) {
            address at_ = place(address(consents));
            bytes32 structHash = keccak256(
                abi.encode(
                    typeHash,
                    number("organization"),
                    number("custodian"),
                    addressAt("subject"),
                    word("recipient"),
                    word("justification"),
                    word("salt")
                )
            );
            same(structHash, word("structHash"), "struct hash");
            same(typedDigest("Anamnesis Consents", at_, structHash), word("commitment"), "commitment");
        }
        isTrue(count >= 1, "vectors of emergencies");
    }
}
